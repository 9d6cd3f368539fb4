/** @file Means and variances of colours, from sums that are whole numbers: the order of images cannot change them. */
import type { RgbImage } from "../image/rgb-image.ts";

/** Three values: of red, green and blue. */
export type Channels = readonly [red: number, green: number, blue: number];

/** Exact sums over one image. */
export interface ImageMoments {
  readonly pixels: number;
  readonly sums: Channels;
  /** Sums of squares: below 2⁴⁵ for the largest image there can be, so exact. */
  readonly squares: Channels;
}

/** Sums of values and of their squares, by channel. Values are counted first, which is faster than squaring each. */
export function imageMoments({ pixels }: RgbImage): ImageMoments {
  const counts = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)] as const;
  const [red, green, blue] = counts;
  for (let i = 0; i < pixels.length; i += 3) {
    red[pixels[i]!]!++;
    green[pixels[i + 1]!]!++;
    blue[pixels[i + 2]!]!++;
  }
  const weighted = (power: number) =>
    counts.map((count) => count.reduce((sum, n, value) => sum + n * value ** power, 0)) as unknown as Channels;
  return { pixels: pixels.length / 3, sums: weighted(1), squares: weighted(2) };
}

/** Whether every pixel counts alike, or every image. */
export type Weighting = "pixel" | "image";

/** Mean and variance by channel. The variance is about the mean, divided by the number of values. */
export interface MeanAndVariance {
  readonly mean: Channels;
  readonly variance: Channels;
}

/** Fractions are kept as whole numbers of 2⁻⁶⁴, so that sums of them do not depend on the order of images either. */
const FRACTION_BITS = 64n;

/**
 * Mean and variance of many images, whatever the order in which they are added.
 *
 * - `pixel`: over all pixels, from exact integer sums.
 * - `image`: the mean of the images' means; the variance is the mean over images of the mean squared distance from
 *   that mean.
 */
export class MomentSums {
  images = 0;
  pixels = 0;
  readonly #pixel = { sums: [0n, 0n, 0n], squares: [0n, 0n, 0n] };
  readonly #image = { sums: [0n, 0n, 0n], squares: [0n, 0n, 0n] };

  add({ pixels, sums, squares }: ImageMoments): void {
    this.images++;
    this.pixels += pixels;
    const count = BigInt(pixels);
    for (let channel = 0; channel < 3; channel++) {
      const [sum, square] = [BigInt(sums[channel]!), BigInt(squares[channel]!)];
      this.#pixel.sums[channel]! += sum;
      this.#pixel.squares[channel]! += square;
      this.#image.sums[channel]! += (sum << FRACTION_BITS) / count;
      this.#image.squares[channel]! += (square << FRACTION_BITS) / count;
    }
  }

  /** @returns NaN throughout where nothing was added */
  result(weighting: Weighting): MeanAndVariance {
    const [{ sums, squares }, count, bits] =
      weighting === "pixel" ? [this.#pixel, this.pixels, 0n] : [this.#image, this.images, FRACTION_BITS];
    const one = 2 ** Number(bits);
    const mean = sums.map((sum) => Number(sum) / one / count) as unknown as Channels;
    // (n Σx² − (Σx)²) / n², in whole numbers, so that nothing cancels.
    const variance = sums.map((sum, channel) => {
      const distance = ((BigInt(count) * squares[channel]!) << bits) - sum * sum;
      return Number(distance >> bits) / one / count / count;
    }) as unknown as Channels;
    return { mean, variance };
  }
}
