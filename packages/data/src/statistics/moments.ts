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
  /** Sums of red · green, red · blue and green · blue. */
  readonly products: Channels;
}

/** Sums of values, of their squares and of their products. Values are counted first, which is faster than squaring each. */
export function imageMoments({ pixels }: RgbImage): ImageMoments {
  const counts = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)] as const;
  const [red, green, blue] = counts;
  const products: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    red[r]!++;
    green[g]!++;
    blue[b]!++;
    products[0] += r * g;
    products[1] += r * b;
    products[2] += g * b;
  }
  const weighted = (power: number) =>
    counts.map((count) => count.reduce((sum, n, value) => sum + n * value ** power, 0)) as unknown as Channels;
  return { pixels: pixels.length / 3, sums: weighted(1), squares: weighted(2), products };
}

/** Whether every pixel counts alike, or every image. */
export type Weighting = "pixel" | "image";

/** Mean and variance by channel. The variance is about the mean, divided by the number of values. */
export interface MeanAndVariance {
  readonly mean: Channels;
  readonly variance: Channels;
  /** Of red, green and blue with each other; the variances are its diagonal. */
  readonly covariance: Covariance;
}

/** A symmetric matrix of 3 × 3, row by row. */
export type Covariance = readonly [Channels, Channels, Channels];

/** Which of a matrix's six different elements stands at each place: three squares, then three products. */
const PLACES = [
  [0, 3, 4],
  [3, 1, 5],
  [4, 5, 2],
] as const;

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
  /** Of values, then of what two values make: their squares and products. */
  readonly #pixel = { sums: [0n, 0n, 0n], pairs: [0n, 0n, 0n, 0n, 0n, 0n] };
  readonly #image = { sums: [0n, 0n, 0n], pairs: [0n, 0n, 0n, 0n, 0n, 0n] };

  add({ pixels, sums, squares, products }: ImageMoments): void {
    this.images++;
    this.pixels += pixels;
    const count = BigInt(pixels);
    const take = (kind: "sums" | "pairs", values: readonly number[]) => {
      for (const [i, value] of values.entries()) {
        this.#pixel[kind][i]! += BigInt(value);
        this.#image[kind][i]! += (BigInt(value) << FRACTION_BITS) / count;
      }
    };
    take("sums", sums);
    take("pairs", [...squares, ...products]);
  }

  /** @returns NaN throughout where nothing was added */
  result(weighting: Weighting): MeanAndVariance {
    const [{ sums, pairs }, count, bits] =
      weighting === "pixel" ? [this.#pixel, this.pixels, 0n] : [this.#image, this.images, FRACTION_BITS];
    const one = 2 ** Number(bits);
    const mean = sums.map((sum) => Number(sum) / one / count) as unknown as Channels;
    // (n Σxy − Σx Σy) / n², in whole numbers, so that nothing cancels.
    const covariance = PLACES.map((row, a) =>
      row.map((pair, b) => {
        const distance = ((BigInt(count) * pairs[pair]!) << bits) - sums[a]! * sums[b]!;
        return Number(distance >> bits) / one / count / count;
      }),
    ) as unknown as Covariance;
    return { mean, variance: [covariance[0][0], covariance[1][1], covariance[2][2]], covariance };
  }
}
