/** @file Launches of max-pool on the cpu. */
import type { CpuDevice } from "../../devices/cpu/cpu-device.ts";
import type { CpuLaunch } from "../op.ts";
import type { MaxPoolGeometry } from "./max-pool.ts";

export const maxPoolCpu: CpuLaunch<MaxPoolGeometry> = (device, [x], [y, positions], geometry) => {
  device.run("maxPool", [x!.block.address, y!.block.address, positions!.block.address, words(device, geometry)]);
};

export const maxPoolGradientCpu: CpuLaunch<MaxPoolGeometry> = (device, [dy, positions], [dx], geometry) => {
  device.run("maxPoolGradient", [
    dy!.block.address,
    positions!.block.address,
    dx!.block.address,
    words(device, geometry),
  ]);
};

/** Address of the geometry in the order that the kernels read it. */
function words(device: CpuDevice, geometry: MaxPoolGeometry): number {
  const { batch, height, width, channels, outHeight, outWidth } = geometry;
  const { windowHeight, windowWidth, strideY, strideX, padTop, padLeft } = geometry;
  const image = [batch, height, width, channels, outHeight, outWidth];
  return device.constant(Int32Array.of(...image, windowHeight, windowWidth, strideY, strideX, padTop, padLeft));
}
