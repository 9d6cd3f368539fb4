import { uniformInt } from "pure-rand/distribution/uniformInt";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { checkInteger } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { generator } from "../pipeline/permutation.ts";
import type { Colours } from "./colours.ts";
import { COLOUR_SCALE } from "./mean-grey.ts";
import { nearest } from "./nearest-colours.ts";

/** Options of {@link kMeansColours}. */
export interface KMeansOptions {
  /** Colours to find. Default: 24. */
  readonly count?: number;
  /** Of the first centres. Default: 0. */
  readonly seed?: number;
  /** Rounds at most; fewer where nothing moves any more. Default: 50. */
  readonly iterations?: number;
}

/** Colours that occur, and how often. */
interface Palette {
  /** Red, green and blue of each, over 256. */
  readonly colours: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Colours that stand for all in some images: k-means (Lloyd, 1982) on red, green and blue over 256, from first centres
 * that are drawn far from each other (k-means++, Arthur and Vassilvitskii, 2007). Distinct colours are counted once, with
 * their number as weight, so the answer is that of all pixels. A pure function of images and options.
 *
 * @param images uint8 [N, H, W, 3]
 * @throws ArgumentError where there are fewer distinct colours than asked for
 */
export function kMeansColours(images: Uint8Array, options: KMeansOptions = {}): Colours {
  const { count = 24, seed = 0, iterations = 50 } = options;
  checkInteger("kMeansColours: count", count, 1);
  checkInteger("kMeansColours: iterations", iterations, 1);
  const palette = paletteOf(images);
  const distinct = palette.weights.length;
  if (distinct < count) {
    throw new ArgumentError(`kMeansColours: count: expected at most the ${distinct} colours there are, got ${count}`);
  }
  let centres = firstCentres(palette, count, generator("colours", seed, 0));
  for (let round = 0; round < iterations; round++) {
    const moved = meansOf(palette, centres);
    if (moved.every((value, i) => value === centres[i])) break;
    centres = moved;
  }
  return { centres, shape: [count, 3] };
}

function paletteOf(images: Uint8Array): Palette {
  const counts = new Map<number, number>();
  for (let at = 0; at + 2 < images.length; at += 3) {
    const key = (images[at]! << 16) | (images[at + 1]! << 8) | images[at + 2]!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const keys = [...counts.keys()].sort((a, b) => a - b);
  const channels = keys.flatMap((key) => [key >> 16, (key >> 8) & 255, key & 255]);
  return {
    colours: Float64Array.from(channels, (value) => value / COLOUR_SCALE),
    weights: Float64Array.from(keys, (key) => counts.get(key)!),
  };
}

/** Each next one with a probability that grows with its squared distance from those before. */
function firstCentres({ colours, weights }: Palette, count: number, random: RandomGenerator): Float64Array {
  const centres = new Float64Array(3 * count);
  const shares = Float64Array.from(weights);
  const distances = new Float64Array(weights.length).fill(Number.POSITIVE_INFINITY);
  for (let centre = 0; centre < count; centre++) {
    const chosen = drawn(shares, random);
    centres.set(colours.subarray(3 * chosen, 3 * chosen + 3), 3 * centre);
    for (let i = 0; i < weights.length; i++) {
      distances[i] = Math.min(distances[i]!, squaredDistance(colours, i, centres, centre));
      shares[i] = weights[i]! * distances[i]!;
    }
  }
  return centres;
}

/** An index, each as likely as its share says. */
function drawn(shares: Float64Array, random: RandomGenerator): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const target = (uniformInt(random, 0, 2 ** 31 - 1) / 2 ** 31) * total;
  let [sum, last] = [0, 0];
  for (let i = 0; i < shares.length; i++) {
    if (shares[i] === 0) continue;
    last = i;
    sum += shares[i]!;
    if (sum > target) return i;
  }
  return last;
}

function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number): number {
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) sum += (a[3 * i + channel]! - b[3 * j + channel]!) ** 2;
  return sum;
}

/** Mean of the colours that are nearest to each centre; one that is nearest to none stays. */
function meansOf({ colours, weights }: Palette, centres: Float64Array): Float64Array {
  const sums = new Float64Array(centres.length);
  const totals = new Float64Array(centres.length / 3);
  for (let i = 0; i < weights.length; i++) {
    const centre = nearest(centres, colours[3 * i]!, colours[3 * i + 1]!, colours[3 * i + 2]!);
    totals[centre]! += weights[i]!;
    for (let channel = 0; channel < 3; channel++) {
      sums[3 * centre + channel]! += weights[i]! * colours[3 * i + channel]!;
    }
  }
  return sums.map((sum, i) => (totals[Math.floor(i / 3)] === 0 ? centres[i]! : sum / totals[Math.floor(i / 3)]!));
}
