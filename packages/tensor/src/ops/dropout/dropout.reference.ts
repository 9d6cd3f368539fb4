/** @file Float64 oracle of dropout. */
import { type RandomKey, randomBits } from "../../random.ts";
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** Options of the dropout. */
export interface DropoutReferenceOptions {
  readonly rate: number;
  readonly key: RandomKey;
}

/**
 * Keeps element i, scaled by 1 / (1 − rate), where its random bits are at least ⌊rate · 2^32⌋; the rest becomes 0.
 * Linear in x, so the gradient is the same map of dy.
 */
export function dropoutReference(x: NdArray, { rate, key }: DropoutReferenceOptions): NdArray {
  const bits = randomBits(key, x.data.length);
  const threshold = Math.floor(rate * 2 ** 32);
  return mapArray(x, (value, i) => (bits[i]! >= threshold ? value / (1 - rate) : 0));
}
