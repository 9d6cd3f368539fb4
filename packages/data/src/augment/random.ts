import { mix } from "../pipeline/permutation.ts";

/** What the random numbers of an image are drawn for; different purposes share none. */
const PURPOSES = { crop: 0x63726f70, flip: 0x666c6970 } as const;

/**
 * 32 random bits of an image: a pure function of (purpose, seed, epoch, index), the same on every machine, however the
 * images are batched and whoever works on them. murmur3's finaliser, chained.
 */
export function imageBits(purpose: keyof typeof PURPOSES, seed: number, epoch: number, index: number): number {
  let hash = mix(PURPOSES[purpose] ^ 0x9e3779b9);
  for (const word of [seed, Math.floor(seed / 2 ** 32), epoch]) hash = mix(hash ^ (word | 0));
  return mix(mix(hash + Math.imul(index, 0x9e3779b9)) ^ index) >>> 0;
}

/** An integer from 0 to `count` − 1 from 16 random bits; uneven by at most count / 65536. */
export function fromBits(bits: number, count: number): number {
  return ((bits & 0xffff) * count) >>> 16;
}
