import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import { checkInteger } from "../arguments.ts";

/** What a sequence of random numbers is for; different purposes never share a sequence. */
const STREAMS = { shuffle: 0, split: 1, window: 2, crop: 3, colours: 4 } as const;

/**
 * A random order of `count` things: a pure function of (count, seed, epoch), the same on every machine.
 *
 * Fisher–Yates from the last place down, each step drawing an unbiased integer (rejection, no modulo bias) from
 * xoroshiro128+, whose 128 bits of state are murmur3's finaliser chained over seed and epoch.
 *
 * @param count how many.
 * @param options.seed integer from 0 to 2⁵³ − 1. Default 0.
 * @param options.epoch integer from 0; each epoch has its own order. Default 0.
 * @returns the integers 0 … count − 1, each once.
 * @throws ArgumentError naming the argument.
 */
export function permutation(
  count: number,
  { seed = 0, epoch = 0 }: { seed?: number; epoch?: number } = {},
): Uint32Array {
  checkInteger("permutation: count", count, 0, 2 ** 32 - 1);
  checkInteger("permutation: seed", seed, 0);
  checkInteger("permutation: epoch", epoch, 0);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  shuffle(order, generator("shuffle", seed, epoch));
  return order;
}

/** Fisher–Yates, in place. */
export function shuffle(order: Uint32Array, random: RandomGenerator): void {
  for (let last = order.length - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last);
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
}

/** A generator of its own for each purpose, seed and counter (an epoch, a class). */
export function generator(stream: keyof typeof STREAMS, seed: number, counter: number): RandomGenerator {
  const words = [STREAMS[stream], seed, Math.floor(seed / 2 ** 32), counter, Math.floor(counter / 2 ** 32)];
  let hash = words.reduce((state, word) => mix(state ^ (word | 0)), 0x9e3779b9);
  const state = [1, 2, 3, 4].map((i) => {
    hash = mix((hash + Math.imul(i, 0x9e3779b9)) | 0);
    return hash;
  });
  // The one state that xoroshiro cannot leave is all zeros.
  state[3] = state[3]! | 1;
  return xoroshiro128plusFromState(state);
}

/** murmur3's 32-bit finaliser: a bijection in which every bit of the input reaches every bit of the output. */
export function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
