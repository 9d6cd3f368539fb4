import { checkPixels, type ImageSet, type Pixels } from "../image-set.ts";

/** Mean and standard deviation of each channel, over all images and pixels. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  /** Population standard deviation, as numpy's `std`. */
  readonly deviation: readonly number[];
}

/** In float64, in the units of the pixels: of bytes exact but for the last rounding, as they are counted first. */
export function channelStatistics({ images, shape }: Pick<ImageSet<Pixels>, "images" | "shape">): ChannelStatistics {
  checkPixels("channelStatistics", images, shape);
  const channels = Array.from({ length: shape[3] }, (_, channel) =>
    images instanceof Uint8Array ? ofBytes(images, channel, shape[3]) : ofFloats(images, channel, shape[3]),
  );
  return { mean: channels.map(([mean]) => mean), deviation: channels.map(([, deviation]) => deviation) };
}

type MeanAndDeviation = [mean: number, deviation: number];

function ofBytes(images: Uint8Array, channel: number, channels: number): MeanAndDeviation {
  const counts = new Float64Array(256);
  for (let i = channel; i < images.length; i += channels) counts[images[i]!]!++;
  const total = images.length / channels;
  const mean = counts.reduce((sum, count, value) => sum + count * value, 0) / total;
  const variance = counts.reduce((sum, count, value) => sum + count * (value - mean) ** 2, 0) / total;
  return [mean, Math.sqrt(variance)];
}

function ofFloats(images: Float32Array, channel: number, channels: number): MeanAndDeviation {
  const total = images.length / channels;
  let sum = 0;
  for (let i = channel; i < images.length; i += channels) sum += images[i]!;
  const mean = sum / total;
  let squares = 0;
  for (let i = channel; i < images.length; i += channels) squares += (images[i]! - mean) ** 2;
  return [mean, Math.sqrt(squares / total)];
}
