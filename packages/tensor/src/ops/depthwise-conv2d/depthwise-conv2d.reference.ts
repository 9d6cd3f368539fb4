/** @file Float64 oracle of depthwiseConv2d: a convolution with a group for each channel. */
import type { NdArray } from "../../testing/nd-array.ts";
import { type Conv2dReferenceOptions, conv2dGradientReference, conv2dReference } from "../conv2d/conv2d.reference.ts";

/** `y[n, i, j, c·M + m] = activation(bias[c·M + m] + Σ over r, s of x[n, …, c] · filter[r, s, c, m])`. */
export function depthwiseConv2dReference(
  x: NdArray,
  filter: NdArray,
  bias?: NdArray,
  options: Conv2dReferenceOptions = {},
): NdArray {
  return conv2dReference(x, grouped(filter), bias, { ...options, groups: x.shape[3]! });
}

/** Gradients of x and filter, and of the bias if there is one. */
export function depthwiseConv2dGradientReference(
  dy: NdArray,
  x: NdArray,
  filter: NdArray,
  bias?: NdArray,
  options: Conv2dReferenceOptions = {},
): NdArray[] {
  const groups = x.shape[3]!;
  const [dx, dfilter, ...rest] = conv2dGradientReference(dy, x, grouped(filter), bias, { ...options, groups });
  return [dx!, { shape: filter.shape, data: dfilter!.data }, ...rest];
}

/** [filterHeight, filterWidth, channels, multiplier] as [filterHeight, filterWidth, 1, channels · multiplier]. */
function grouped({ shape: [height, width, channels, multiplier], data }: NdArray): NdArray {
  return { shape: [height!, width!, 1, channels! * multiplier!], data };
}
