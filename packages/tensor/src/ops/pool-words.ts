/** @file What the poolings' launches on the cpu have in common. */
import type { CpuDevice } from "../devices/cpu/cpu-device.ts";
import type { PoolGeometry } from "./pool-geometry.ts";

/** Address of the geometry in the order that the kernels read it. */
export function poolWords(device: CpuDevice, geometry: PoolGeometry): number {
  const { batch, height, width, channels, outHeight, outWidth } = geometry;
  const { windowHeight, windowWidth, strideY, strideX, padTop, padLeft } = geometry;
  const image = [batch, height, width, channels, outHeight, outWidth];
  return device.constant(Int32Array.of(...image, windowHeight, windowWidth, strideY, strideX, padTop, padLeft));
}
