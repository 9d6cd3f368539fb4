/** @file Launches of resampling on the cpu. */
import type { CpuDevice } from "../../devices/cpu/cpu-device.ts";
import type { CpuLaunch } from "../op.ts";
import type { UpsampleGeometry } from "./geometry.ts";

export const upsample2dCpu: CpuLaunch<UpsampleGeometry> = (device, [x], [y], geometry) => {
  const kernel = geometry.interpolation === "nearest" ? "upsample2dNearest" : "upsample2dBilinear";
  device.run(kernel, [x!.block.address, y!.block.address, geometryWords(device, geometry)]);
};

export const upsample2dGradientCpu: CpuLaunch<UpsampleGeometry> = (device, [dy], [dx], geometry) => {
  const bilinear = geometry.interpolation === "bilinear" ? 1 : 0;
  device.run("upsample2dGradient", [
    ...[dy!.block.address, dx!.block.address],
    ...[geometryWords(device, geometry), bilinear],
  ]);
};

/** In the order of the kernels' `Geometry`. */
function geometryWords(device: CpuDevice, { batch, channels, down, across, outHeight, outWidth }: UpsampleGeometry) {
  const [y, x] = [down, across].map(({ size, step, offset, divisor }) => [size, step, offset, divisor]);
  return device.constant(Int32Array.of(batch, channels, outHeight, outWidth, ...y!, ...x!));
}
