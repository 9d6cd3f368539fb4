import { ArgumentError } from "../errors.ts";
import type { Batch } from "../pipeline/batches.ts";

/** How bytes become numbers. */
export interface FloatOptions {
  /** Subtracted, in units of 0 … 255: one number, or one a channel. Default 0. */
  readonly mean?: number | readonly number[];
  /** Divided by, in units of 0 … 255: one number, or one a channel. Default 255, so that values lie in 0 … 1. */
  readonly deviation?: number | readonly number[];
}

/**
 * (x − mean) / deviation as float32, through a table of 256 numbers a channel that were computed in float64. With mean
 * and deviation 127.5, −1 … 1.
 *
 * @param images N·C values, the channels of a pixel together.
 * @param channels C.
 */
export function toFloat(images: Uint8Array, channels: number, options: FloatOptions = {}): Float32Array {
  const table = tableOf(channels, options);
  const out = new Float32Array(images.length);
  if (channels !== 3) {
    for (let i = 0; i < images.length; i++) out[i] = table[(i % channels) * 256 + images[i]!]!;
    return out;
  }
  for (let i = 0; i < images.length; i += 3) {
    out[i] = table[images[i]!]!;
    out[i + 1] = table[256 + images[i + 1]!]!;
    out[i + 2] = table[512 + images[i + 2]!]!;
  }
  return out;
}

/** {@link toFloat} of a batch. */
export function floatBatch(batch: Batch, options: FloatOptions = {}): Batch<Float32Array> {
  return { ...batch, images: toFloat(batch.images, batch.shape[3], options) };
}

function tableOf(channels: number, { mean = 0, deviation = 255 }: FloatOptions): Float32Array {
  const [means, deviations] = [perChannel("mean", mean, channels), perChannel("deviation", deviation, channels)];
  return Float32Array.from({ length: 256 * channels }, (_, i) => {
    const channel = Math.floor(i / 256);
    return ((i % 256) - means[channel]!) / deviations[channel]!;
  });
}

function perChannel(name: string, value: number | readonly number[], channels: number): readonly number[] {
  const values = typeof value === "number" ? new Array<number>(channels).fill(value) : value;
  if (values.length === channels) return values;
  throw new ArgumentError(`toFloat: ${name}: expected ${channels} numbers, one a channel, got ${values.length}`);
}
