/** @file Comparing what a kernel computed with float64, on a sample of its results. */
import type { TensorData } from "@tessera/tensor";

/** One result in float64, and what its rounding depends on. */
export interface Expected {
  readonly value: number;
  /** Σ |termᵢ| of the sum that it is. */
  readonly magnitude: number;
  /** Terms of that sum, one after the other at worst; 0 where the result must be exact. */
  readonly terms: number;
}

/**
 * Roundings of n additions are off by more than λ √n u Σ|termᵢ| with a probability of about 2 exp(−λ²/2), with u = 2⁻²⁴
 * (Higham and Mary, "A new approach to probabilistic rounding error analysis", 2019): with λ = 8 that is 2·10⁻¹⁴. Winograd's
 * way rounds up to ten times as much as a plain sum, whose typical λ is below 0.5.
 */
const lambda = 8;

/** Terms that a check may add up. */
const budget = 4_000_000;

/**
 * Compares a sample of `found`, spread over all of it with both ends, with what `expectedAt` says: what is wrong, or
 * `null`.
 *
 * @param terms about how many terms a result sums: the more, the smaller the sample
 */
export function firstWrong(
  what: string,
  found: TensorData,
  size: number,
  terms: number,
  expectedAt: (index: number) => Expected,
): string | null {
  if (found.length !== size) return `${what}: expected ${size} values, got ${found.length}`;
  const samples = Math.min(size, Math.max(64, Math.floor(budget / Math.max(1, terms))));
  for (let i = 0; i < samples; i++) {
    const index = sampleIndex(i, samples, size);
    const { value, magnitude, terms: summed } = expectedAt(index);
    const tolerance = lambda * Math.sqrt(summed) * 2 ** -24 * magnitude;
    if (Math.abs(found[index]! - value) <= tolerance) continue;
    return `${what}: value ${index} is ${found[index]}, expected ${value} ± ${tolerance.toPrecision(2)}`;
  }
  return null;
}

/** Positions in order, one in each of `samples` equal stretches; not all at its beginning, where all might be one channel. */
function sampleIndex(i: number, samples: number, size: number): number {
  if (i === samples - 1) return size - 1;
  const [start, end] = [Math.floor((i * size) / samples), Math.floor(((i + 1) * size) / samples)];
  return start + (i === 0 ? 0 : Math.imul(i, 7919) % (end - start));
}

/** Adds up terms in float64. */
export class Terms {
  #value = 0;
  #magnitude = 0;
  #count = 0;

  add(term: number): void {
    this.#value += term;
    this.#magnitude += Math.abs(term);
    this.#count++;
  }

  /** The sum; a sum of nothing is exactly 0. */
  get sum(): Expected {
    return { value: this.#value, magnitude: this.#magnitude, terms: this.#count };
  }
}
