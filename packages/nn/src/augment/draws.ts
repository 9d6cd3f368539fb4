/** @file Random choices of batch transforms: drawn on the host, a pure function of seed, stream and the step's number. */
import { ArgumentError, type RandomKey, randomBits, stepSlot } from "@tessera/tensor";
import type { DeviceBatch } from "./batch-transform.ts";

/** Where a transform's choices come from. */
export interface DrawOptions {
  /** Of the experiment: a whole number of 0 … 2^53 − 1. */
  readonly seed: number;
  /** Two transforms of one kind in one training need two streams. Default: one for each kind of transform. */
  readonly stream?: number;
}

/** Layers count their streams from 0; transforms begin far above. */
const firstStream = 2 ** 31;

/** The default stream of each kind. */
const streams = {
  padCrop: firstStream,
  horizontalFlip: firstStream + 1,
  cutout: firstStream + 2,
  mixup: firstStream + 3,
  cutmix: firstStream + 4,
  randomErasing: firstStream + 5,
  coarseDropout: firstStream + 6,
  someOfCropFlipDropout: firstStream + 7,
  randomResizedCrop: firstStream + 8,
  pcaColour: firstStream + 9,
} as const;

/** The key of a transform's draws in the step that is being taken on the batch's device. */
export function stepKey(
  kind: keyof typeof streams,
  { seed, stream }: DrawOptions,
  { images, part }: DeviceBatch,
): RandomKey {
  const counter = part?.step ?? images.device.stepWords.integer(stepSlot);
  return { seed, stream: stream ?? streams[kind], counter };
}

/** Draws for each image of a batch; of a part of one, after drawing for the images before it. */
export function drawEach<T>({ images, part }: DeviceBatch, draw: () => T): T[] {
  for (let before = part?.first ?? 0; before > 0; before--) draw();
  return Array.from({ length: images.shape[0]! }, draw);
}

const twoTo32 = 2 ** 32;

/** Draws in turn from the words of one key, as many as it takes. */
export class Draws {
  readonly #key: RandomKey;
  #bits: Uint32Array;
  #next = 0;

  /** @param words how many are likely to be drawn */
  constructor(key: RandomKey, words = 64) {
    this.#key = key;
    this.#bits = randomBits(key, words);
  }

  /** 32 bits. */
  bits(): number {
    if (this.#next >= this.#bits.length) {
      this.#bits = randomBits(this.#key, 2 * this.#bits.length);
    }
    return this.#bits[this.#next++]!;
  }

  /** A whole number of 0 … below − 1: the high word of a 64-bit product, exact for `below` up to 2^21. */
  below(below: number): number {
    return Math.floor((this.bits() * below) / twoTo32);
  }

  /** A multiple of 2^−32, at least low and below high but for rounding. */
  uniform(low = 0, high = 1): number {
    return low + (this.bits() / twoTo32) * (high - low);
  }

  chance(probability: number): boolean {
    return this.bits() < probability * twoTo32;
  }

  /** A random order of 0 … count − 1 (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let last = count - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return order;
  }

  /**
   * Beta(α, α) = A / (A + B) of two gamma variates, compared as logarithms, so that it is right for small α, too, where
   * both are nearly 0.
   */
  beta(alpha: number): number {
    const difference = this.#logGamma(alpha) - this.#logGamma(alpha);
    return 1 / (1 + Math.exp(-difference));
  }

  /** Logarithm of a Gamma(α, 1) variate by Marsaglia and Tsang (2000), raised from α + 1. */
  #logGamma(alpha: number): number {
    const d = alpha + 1 - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      const u = this.#open();
      if (v <= 0 || Math.log(u) >= 0.5 * x * x + d - d * v + d * Math.log(v)) continue;
      return Math.log(d * v) + Math.log(this.#open()) / alpha;
    }
  }

  /** Of N(0, 1), by Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(this.#open()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Above 0 and below 1. */
  #open(): number {
    return (this.bits() + 0.5) / twoTo32;
  }
}

/** @throws ArgumentError unless `value` is within 0 … 1 */
export function checkShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new ArgumentError(`${name} must be within 0 … 1, got ${value}`);
}

/** @throws ArgumentError unless `value` is a whole number of at least `least` */
export function checkWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= 2 ** 14) return;
  throw new ArgumentError(`${name} must be a whole number of ${least} to 16384, got ${value}`);
}

/** @throws ArgumentError unless low ≤ high lie within the bounds */
export function checkRange(name: string, [low, high]: readonly [number, number], least: number, most: number): void {
  if (low >= least && low <= high && high <= most) return;
  throw new ArgumentError(`${name} must be [low, high] with ${least} <= low <= high <= ${most}, got [${low}, ${high}]`);
}
