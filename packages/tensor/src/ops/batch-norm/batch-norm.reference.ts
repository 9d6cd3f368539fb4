/** @file Float64 oracle of batch normalisation over all axes but the last. */
import { mapArray, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** [y, mean, variance] with the batch's own statistics; the variance is the biased one (divided by the count). */
export function batchNormReference(
  x: NdArray,
  scale: NdArray,
  offset: NdArray,
  epsilon: number,
): [y: NdArray, mean: NdArray, variance: NdArray] {
  const mean = channelMean(x);
  const channels = mean.data.length;
  const variance = channelMean(mapArray(x, (value, i) => (value - mean.data[i % channels]!) ** 2));
  return [batchNormInferenceReference(x, scale, offset, mean, variance, epsilon), mean, variance];
}

/** Gradients of x, scale and offset. dx takes into account that mean and variance depend on x. */
export function batchNormGradientReference(
  dy: NdArray,
  x: NdArray,
  scale: NdArray,
  offset: NdArray,
  epsilon: number,
): [dx: NdArray, dscale: NdArray, doffset: NdArray] {
  const [, mean, variance] = batchNormReference(x, scale, offset, epsilon);
  const channels = mean.data.length;
  const count = x.data.length / channels;
  const deviation = mapArray(variance, (value) => Math.sqrt(value + epsilon));
  const normalized = mapArray(x, (value, i) => (value - mean.data[i % channels]!) / deviation.data[i % channels]!);
  const doffset = mapArray(channelMean(dy), (value) => value * count);
  const dscale = mapArray(channelMean(mapArray(dy, (g, i) => g * normalized.data[i]!)), (value) => value * count);
  const dx = mapArray(dy, (g, i) => {
    const channel = i % channels;
    const centered = g - doffset.data[channel]! / count - (normalized.data[i]! * dscale.data[channel]!) / count;
    return (scale.data[channel]! / deviation.data[channel]!) * centered;
  });
  return [dx, dscale, doffset];
}

/** `y = (x − mean) / √(variance + ε) · scale + offset` with statistics from elsewhere. */
export function batchNormInferenceReference(
  x: NdArray,
  scale: NdArray,
  offset: NdArray,
  mean: NdArray,
  variance: NdArray,
  epsilon: number,
): NdArray {
  return mapArray(x, (value, i) => {
    const channel = i % mean.data.length;
    const normalized = (value - mean.data[channel]!) / Math.sqrt(variance.data[channel]! + epsilon);
    return normalized * scale.data[channel]! + offset.data[channel]!;
  });
}

function channelMean(x: NdArray): NdArray {
  const channels = x.shape.at(-1)!;
  const result = ndArray([channels]);
  x.data.forEach((value, i) => {
    result.data[i % channels]! += value * (channels / x.data.length);
  });
  return result;
}
