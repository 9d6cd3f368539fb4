/** @file Which device to train on. */
import { ArgumentError } from "../errors.ts";
import { type CpuOptions, openCpu } from "./cpu/cpu-device.ts";
import type { Device } from "./device.ts";
import { findAdapter, isSoftware } from "./webgpu/adapter.ts";
import { openOn, openWebgpu, type WebgpuOptions } from "./webgpu/open-webgpu.ts";

/** `auto` takes a hardware GPU if one answers, else the cpu. A software GPU is slower than the cpu, so it must be named. */
export type DeviceChoice = "auto" | "cpu" | "webgpu";

/**
 * Opens a device and makes it the default if it is the first.
 *
 * @param choice default `auto`
 * @throws DeviceError if the device is not there, saying why
 */
export async function openDevice(
  choice: DeviceChoice = "auto",
  options: CpuOptions & WebgpuOptions = {},
): Promise<Device> {
  if (choice === "cpu") return openCpu(options);
  if (choice === "webgpu") return openWebgpu(options);
  if (choice !== "auto") throw new ArgumentError(`openDevice: expected auto, cpu or webgpu, got ${String(choice)}`);
  const adapter = await findAdapter(options);
  if (typeof adapter === "string" || isSoftware(adapter)) return openCpu(options);
  return openOn(adapter, options);
}
