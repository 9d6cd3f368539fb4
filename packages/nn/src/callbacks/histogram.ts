/** @file How a tensor's values are spread, for TensorBoard. */
import type { Histogram } from "@tessera/tfrecord";

/**
 * A histogram of evenly wide buckets from the least value to the greatest, as TensorFlow's `tf.summary.histogram` has it;
 * a single one where all values are the same. Values that are not finite are left out; `null` if there is no other.
 */
export function histogramOf(values: Float32Array, buckets = 30): Histogram | null {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return null;
  let [min, max, sum, sumSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of finite) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  const count = min === max ? 1 : buckets;
  const width = (max - min) / count;
  const bucket = new Array<number>(count).fill(0);
  for (const value of finite) bucket[Math.min(count - 1, width === 0 ? 0 : Math.floor((value - min) / width))]!++;
  const bucketLimit = bucket.map((_, i) => (i === count - 1 ? max : min + width * (i + 1)));
  return { min, max, num: finite.length, sum, sumSquares, bucketLimit, bucket };
}
