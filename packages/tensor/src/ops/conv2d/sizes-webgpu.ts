/** @file What the launches of convolution and of its gradients on WebGPU have in common. */
import { powerOfTwo } from "../../devices/webgpu/tuner/variants.ts";
import type { Conv2dGeometry } from "./geometry.ts";

/** A convolution's sizes, in the order in which the kernels name them. */
export const conv2dSizes = {
  height: "u32",
  width: "u32",
  channels: "u32",
  filterHeight: "u32",
  filterWidth: "u32",
  filters: "u32",
  strideY: "u32",
  strideX: "u32",
  dilationY: "u32",
  dilationX: "u32",
  padTop: "u32",
  padLeft: "u32",
  outHeight: "u32",
  outWidth: "u32",
  groups: "u32",
  groupChannels: "u32",
  groupFilters: "u32",
} as const;

/** Words of a bucket that all three products share: what the loops run over, but for the batch. */
export function conv2dBucket(g: Conv2dGeometry): string[] {
  const words = [
    ...[`pixels${powerOfTwo(g.batch * g.outHeight * g.outWidth)}`, `channels${g.groupChannels}`],
    ...[`filters${g.groupFilters}`, `window${g.filterHeight}x${g.filterWidth}`],
  ];
  if (g.strideY > 1 || g.strideX > 1) words.push(`stride${g.strideY}x${g.strideX}`);
  if (g.dilationY > 1 || g.dilationX > 1) words.push(`dilation${g.dilationY}x${g.dilationX}`);
  if (g.groups > 1) words.push(`groups${g.groups}`);
  return words;
}

/** Whether quads compute a convolution, or one of its gradients: they load whole vectors alone. */
export function quadsFit({ geometry }: { readonly geometry: Conv2dGeometry }): boolean {
  return geometry.groupChannels % 4 === 0 && geometry.groupFilters % 4 === 0;
}

/** Whether a contiguous axis can be loaded four elements at a time. */
export function vectors(size: number): 0 | 1 {
  return size % 4 === 0 ? 1 : 0;
}
