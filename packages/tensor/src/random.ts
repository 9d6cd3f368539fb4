/**
 * @file Randomness on the host: counter-based Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", 2011). A draw is a pure function of its key, so it can be repeated, split and resumed.
 */
import { ArgumentError } from "./errors.ts";

/** Four 32-bit words. */
export type PhiloxWords = readonly [number, number, number, number];

/** Names one draw of random numbers. Equal keys give equal numbers, on the host and on every device. */
export interface RandomKey {
  /** A whole number of 0 … 2^53 − 1: one per experiment. */
  readonly seed: number;
  /** A whole number of 0 … 2^32 − 1: one per use, such as a parameter or a dropout layer. */
  readonly stream: number;
  /** A whole number of 0 … 2^32 − 1: one per repetition, such as a training step. Default: 0. */
  readonly counter?: number;
}

const rounds = 10;
const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const weylSteps = [0x9e3779b9, 0xbb67ae85] as const;
const twoTo32 = 2 ** 32;

/**
 * The Philox4x32-10 bijection: encrypts `counter` under `key`. All words are whole numbers of 0 … 2^32 − 1.
 * Agrees with the known answers published with Random123.
 */
export function philox(key: readonly [number, number], counter: PhiloxWords): PhiloxWords {
  let [k0, k1] = key;
  let [c0, c1, c2, c3] = counter;
  for (let round = 0; round < rounds; round++) {
    const low0 = Math.imul(multipliers[0], c0) >>> 0;
    const low1 = Math.imul(multipliers[1], c2) >>> 0;
    const high0 = highWord(multipliers[0] * c0, low0);
    const high1 = highWord(multipliers[1] * c2, low1);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + weylSteps[0]) >>> 0;
    k1 = (k1 + weylSteps[1]) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The upper word of a 64-bit product whose lower word is `low`: a double is off by at most 2^10 there, so rounding is exact. */
function highWord(product: number, low: number): number {
  return Math.round((product - low) / twoTo32);
}

/** The Philox key of a {@link RandomKey}: low 32 and high 21 bits of the seed. Throws {@link ArgumentError} if it is out of range. */
export function philoxKey({ seed, stream, counter = 0 }: RandomKey): [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(`random: seed must be a whole number of 0 to 2^53 - 1, got ${seed}`);
  }
  checkWord("stream", stream);
  checkWord("counter", counter);
  return [seed % twoTo32, Math.floor(seed / twoTo32)];
}

/**
 * Uniform 32-bit words: element i is word i mod 4 of the block with counter words [⌊i / 4⌋, 0, counter, stream].
 *
 * @throws ArgumentError if the key or the size is out of range
 */
export function randomBits(key: RandomKey, size: number): Uint32Array {
  const words = philoxKey(key);
  if (!Number.isInteger(size) || size < 0 || size >= 2 ** 31) {
    throw new ArgumentError(`random: size must be a whole number of 0 to 2^31 - 1, got ${size}`);
  }
  const bits = new Uint32Array(size);
  for (let i = 0; i < size; i += 4) {
    const block = philox(words, [i / 4, 0, key.counter ?? 0, key.stream]);
    for (let word = 0; word < 4 && i + word < size; word++) bits[i + word] = block[word]!;
  }
  return bits;
}

/**
 * Uniform numbers of [low, high): `low + u · (high − low)` with `u = ⌊bits / 2^8⌋ · 2^−24`, a multiple of 2^−24 below 1.
 * With the default bounds the result is `u` itself, the same bits on every device. Other bounds are applied in float64
 * and rounded to float32 once; that rounding may give `high` itself.
 *
 * @throws ArgumentError if the key or the size is out of range, or the bounds are not finite with low ≤ high
 */
export function uniform(key: RandomKey, size: number, low = 0, high = 1): Float32Array {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new ArgumentError(`random: uniform needs finite bounds with low <= high, got ${low} and ${high}`);
  }
  const bits = randomBits(key, size);
  const values = new Float32Array(size);
  // A loop: `from` with a function takes three times as long, and a network's weights are tens of millions.
  for (let i = 0; i < size; i++) values[i] = low + (bits[i]! >>> 8) * 2 ** -24 * (high - low);
  return values;
}

/**
 * Normal numbers by Box and Muller's transform, in float64 and rounded to float32 once. Elements 2j and 2j + 1 are
 * `mean + deviation · r cos θ` and `mean + deviation · r sin θ` with `r = √(−2 ln((bits[2j] + 1) · 2^−32))` and
 * `θ = 2π · bits[2j + 1] · 2^−32`. For the host only: the last bit of log and cos is the JavaScript engine's own.
 *
 * @throws ArgumentError if the key or the size is out of range, or the deviation is negative or not finite
 */
export function normal(key: RandomKey, size: number, mean = 0, deviation = 1): Float32Array {
  if (!Number.isFinite(mean) || !Number.isFinite(deviation) || deviation < 0) {
    throw new ArgumentError(
      `random: normal needs a finite mean and deviation, deviation >= 0, got ${mean} and ${deviation}`,
    );
  }
  // An odd size draws the partner of its last element, too, so that a longer draw begins with the same numbers.
  const bits = randomBits(key, size + (size % 2));
  const values = new Float32Array(size);
  for (let i = 0; i < size; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log((bits[i]! + 1) / twoTo32));
    const angle = (2 * Math.PI * bits[i + 1]!) / twoTo32;
    values[i] = mean + radius * Math.cos(angle);
    if (i + 1 < size) values[i + 1] = mean + radius * Math.sin(angle);
  }
  return values;
}

function checkWord(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= twoTo32) {
    throw new ArgumentError(`random: ${name} must be a whole number of 0 to 2^32 - 1, got ${value}`);
  }
}
