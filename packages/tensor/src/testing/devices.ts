/** @file The devices that tests run on. */

import { setDefaultDevice } from "../devices/default-device.ts";
import type { Device } from "../devices/device.ts";
import { openDevice } from "../devices/open-device.ts";
import { DeviceError } from "../errors.ts";

/** A device with the name that tests give it. */
export interface TestDevice {
  readonly name: string;
  readonly device: Device;
}

/**
 * Opens the cpu device with two threads, with one, and in the build without relaxed SIMD, and the webgpu device on the
 * adapter that the environment offers, and prints what each is. Without an adapter it says why, and leaves webgpu out.
 * None becomes the default, so that a test which names no device fails.
 */
export async function openTestDevices(): Promise<TestDevice[]> {
  const devices: TestDevice[] = [
    { name: "cpu with 2 threads", device: await openDevice("cpu", { threads: 2 }) },
    { name: "cpu with 1 thread", device: await openDevice("cpu", { threads: 1 }) },
    { name: "cpu without relaxed SIMD", device: await openDevice("cpu", { threads: 2, relaxedSimd: false }) },
  ];
  const webgpu = await openWebgpuOrWarn();
  if (webgpu) devices.push({ name: "webgpu", device: webgpu });
  setDefaultDevice(null);
  console.info(devices.map(({ name, device }) => `${name}: ${device.description}`).join("\n"));
  return devices;
}

/** The webgpu device, or `null` after a warning that nothing was tested on it. */
export async function openWebgpuOrWarn(): Promise<Device | null> {
  try {
    return await openDevice("webgpu");
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    console.warn(`NOT TESTED: the webgpu device. ${error.message}`);
    return null;
  }
}
