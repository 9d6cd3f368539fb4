/** @file The arithmetic of an all-reduce, which is ours so that its order is. */
import type { NumberArray } from "../communicator.ts";

/** Elements that are summed before the next ones are looked at: the accumulators stay in the first cache. */
const blockLength = 1024;

/**
 * out[i] ← Σ_r parts[r · out.length + i] / divisor, summed in float64 in the order of r and rounded once. int32 wraps
 * around: sums are whole numbers below 2^53, which storing reduces modulo 2^32.
 *
 * @param parts the ranks' values, one after the other
 * @param divisor 1 for the sum, the number of ranks for the mean
 */
export function reduceInRankOrder(parts: NumberArray, out: NumberArray, divisor: number): void {
  const { length } = out;
  const sums = new Float64Array(blockLength);
  for (let start = 0; start < length; start += blockLength) {
    const count = Math.min(blockLength, length - start);
    for (let i = 0; i < count; i++) sums[i] = parts[start + i]!;
    for (let from = start + length; from < parts.length; from += length) {
      for (let i = 0; i < count; i++) sums[i]! += parts[from + i]!;
    }
    for (let i = 0; i < count; i++) out[start + i] = sums[i]! / divisor;
  }
}
