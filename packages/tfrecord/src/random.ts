/** @file Random numbers for the order of records: the same for the same seed, on every machine. */

/** An integer from 0 to below `bound` (1 … 2³²), each as likely. */
export type RandomBelow = (bound: number) => number;

/** What numbers are for: different purposes never share a sequence. */
const purposes = { records: 0, shards: 1, window: 2 } as const;

/**
 * A sequence that is a pure function of purpose, seed and epoch: xoshiro128**, whose 128 bits of state are murmur3's
 * finaliser chained over them; integers by rejection, without modulo bias.
 *
 * @see Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021
 */
export function randomBelow(purpose: keyof typeof purposes, seed: number, epoch: number): RandomBelow {
  const words = [purposes[purpose], seed, Math.floor(seed / 2 ** 32), epoch, Math.floor(epoch / 2 ** 32)];
  let hash = words.reduce((state, word) => mix((state ^ (word | 0)) + 0x9e3779b9), 0);
  let [a, b, c, d] = [1, 2, 3, 4].map((i) => {
    hash = mix(hash + Math.imul(i, 0x9e3779b9));
    return hash;
  }) as [number, number, number, number];
  // The one state that the generator cannot leave is all zeros.
  d |= 1;
  const next = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  return (bound) => {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let value = next();
    while (value >= limit) value = next();
    return value % bound;
  };
}

/** murmur3's 32-bit finaliser. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** 0 … count − 1 in a random order: Fisher–Yates from the last place down. */
export function permutation(count: number, random: RandomBelow): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = random(last + 1);
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}
