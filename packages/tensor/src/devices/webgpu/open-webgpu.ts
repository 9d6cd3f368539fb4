/** @file Opens the webgpu device. */
import { DeviceError } from "../../errors.ts";
import { type AdapterOptions, findAdapter, isSoftware, requestDevice } from "./adapter.ts";
import { openTuner, type TunerOptions } from "./tuner/device-tuner.ts";
import { WebgpuDevice } from "./webgpu-device.ts";

/** How to open a WebGPU device. */
export interface WebgpuOptions extends AdapterOptions, TunerOptions {
  /** Most bytes of buffers that hold tensors, in use or kept for reuse. Default: what the adapter gives. */
  readonly memoryLimit?: number;
}

/** Opens a device on an adapter, with its limits, features and tuner. */
export async function openOn(adapter: GPUAdapter, options: WebgpuOptions = {}): Promise<WebgpuDevice> {
  const device = await requestDevice(adapter);
  const tuner = await openTuner(adapter, device, isSoftware(adapter), options);
  return new WebgpuDevice(adapter, device, tuner, options.memoryLimit);
}

/**
 * Opens a WebGPU device, and makes it the default if there is none.
 *
 * @throws DeviceError with the reason if no adapter answers
 * @throws ArgumentError if `memoryLimit` is not positive, or `tune` is no mode
 */
export async function openWebgpu(options: WebgpuOptions = {}): Promise<WebgpuDevice> {
  const adapter = await findAdapter(options);
  if (typeof adapter === "string") {
    throw new DeviceError(`webgpu: ${adapter.replace(/\s*\n\s*/g, " ")}`, {
      hints: ['use the cpu device: openDevice("cpu"), or --device cpu'],
    });
  }
  return openOn(adapter, options);
}
