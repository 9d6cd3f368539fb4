/** @file Batch normalisation in training, and its gradient. */
import { batchNorm, noGradient, type Tensor, type TensorData, tensor } from "@tessera/tensor";
import { disposer, fill, type Kernel } from "./kernel.ts";
import { firstWrong } from "./oracle.ts";

const epsilon = 1e-3;

/** Forward and gradient over [batch, size, size, channels]. */
export function batchNormKernels(origin: string, batch: number, size: number, channels: number): Kernel[] {
  const pixels = batch * size * size;
  const count = pixels * channels;
  const base = { origin, shape: [batch, size, size, channels], flops: 0 };
  return [
    {
      ...base,
      name: "batchNorm/forward",
      bytes: 8 * count,
      prepare: () => prepare(base.shape, pixels, channels, false),
    },
    {
      ...base,
      name: "batchNorm/gradient",
      bytes: 12 * count,
      prepare: () => prepare(base.shape, pixels, channels, true),
    },
  ];
}

function prepare(shape: readonly number[], pixels: number, channels: number, gradient: boolean) {
  const [xs, dys] = [fill(pixels * channels, 6), fill(pixels * channels, 7)];
  const [scales, offsets] = [fill(channels, 8), fill(channels, 9)];
  const [x, scale, offset] = [tensor(xs, shape), tensor(scales, [channels]), tensor(offsets, [channels])];
  const size = pixels * channels;
  const stats = new Map<number, ChannelStatistics>();
  const of = (channel: number) => {
    const known = stats.get(channel) ?? statistics(xs, dys, channel, pixels, channels);
    stats.set(channel, known);
    return known;
  };
  if (!gradient) {
    const launch = () => {
      const { y, mean, variance } = batchNorm(x, { scale, offset, epsilon });
      mean.dispose();
      variance.dispose();
      return [y];
    };
    const check = ([y]: readonly TensorData[]) =>
      firstWrong("y", y!, size, pixels, (i) => {
        const { mean, inverse, magnitude } = of(i % channels);
        const factor = inverse * scales[i % channels]!;
        const value = (xs[i]! - mean) * factor + offsets[i % channels]!;
        const around = Math.abs(factor) * (Math.abs(xs[i]!) + magnitude) + Math.abs(offsets[i % channels]!);
        return { value, magnitude: around, terms: pixels };
      });
    return { launch, check, dispose: disposer(x, scale, offset) };
  }
  for (const each of [x, scale, offset]) each.requiresGradient = true;
  const { y, mean, variance } = batchNorm(x, { scale, offset, epsilon });
  const dy = tensor(dys, shape);
  const { backward } = y.node!;
  const launch = () => noGradient(() => backward([dy])).filter((each): each is Tensor => each !== null);
  const check = ([dx]: readonly TensorData[]) =>
    firstWrong("dx", dx!, size, pixels, (i) => {
      const found = of(i % channels);
      const normalised = (xs[i]! - found.mean) * found.inverse;
      const factor = found.inverse * scales[i % channels]!;
      const value = factor * (dys[i]! - found.meanDy - normalised * found.meanDyNormalised);
      const spread = Math.abs(dys[i]!) + found.magnitudeDy + Math.abs(normalised) * found.magnitudeDyNormalised;
      return { value, magnitude: Math.abs(factor) * spread, terms: pixels };
    });
  return { launch, check, dispose: disposer(x, scale, offset, y, mean, variance, dy) };
}

/** Means over a channel's pixels, and, for the bounds, means of absolute values. */
interface ChannelStatistics {
  readonly mean: number;
  readonly inverse: number;
  readonly magnitude: number;
  readonly meanDy: number;
  readonly magnitudeDy: number;
  readonly meanDyNormalised: number;
  readonly magnitudeDyNormalised: number;
}

function statistics(
  x: Float32Array,
  dy: Float32Array,
  channel: number,
  pixels: number,
  channels: number,
): ChannelStatistics {
  const meanOf = (value: (i: number) => number) => {
    let sum = 0;
    for (let i = channel; i < pixels * channels; i += channels) sum += value(i);
    return sum / pixels;
  };
  const mean = meanOf((i) => x[i]!);
  const inverse = 1 / Math.sqrt(meanOf((i) => (x[i]! - mean) ** 2) + epsilon);
  const product = (i: number) => dy[i]! * (x[i]! - mean) * inverse;
  return {
    mean,
    inverse,
    magnitude: meanOf((i) => Math.abs(x[i]!)),
    meanDy: meanOf((i) => dy[i]!),
    magnitudeDy: meanOf((i) => Math.abs(dy[i]!)),
    meanDyNormalised: meanOf(product),
    magnitudeDyNormalised: meanOf((i) => Math.abs(product(i))),
  };
}
