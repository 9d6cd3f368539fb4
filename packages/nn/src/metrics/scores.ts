/** @file Rows of scores on the host: softmax, the best class, the best k. */
import { ArgumentError } from "@tessera/tensor";

/** Softmax of each row of logits, in float64: [N, classes], row by row. */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let row = 0; row < rowsOf(logits, classes); row++) {
    const values = logits.subarray(row * classes, (row + 1) * classes);
    const greatest = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const powers = Array.from(values, (value) => Math.exp(value - greatest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    for (let c = 0; c < classes; c++) result[row * classes + c] = powers[c]! / total;
  }
  return result;
}

/** The class with the highest score in each row, the first of equal ones. */
export function argmaxRows(scores: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: rowsOf(scores, classes) }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[row * classes + c]! > scores[row * classes + best]!) best = c;
    return best;
  });
}

/**
 * Share of the rows whose label is among the k highest scores, ties going to the lower class, as on the device; NaN for no rows.
 */
export function topKShare(scores: Float32Array, labels: ArrayLike<number>, classes: number, k: number): number {
  const rows = rowsOf(scores, classes);
  if (rows !== labels.length) throw new ArgumentError(`topKShare: ${rows} rows of scores, but ${labels.length} labels`);
  let hits = 0;
  for (let row = 0; row < rows; row++) {
    const own = scores[row * classes + labels[row]!]!;
    let ahead = 0;
    for (let c = 0; c < classes; c++) {
      const score = scores[row * classes + c]!;
      if (score > own || (score === own && c < labels[row]!)) ahead++;
    }
    if (ahead < k && !Number.isNaN(own)) hits++;
  }
  return hits / rows;
}

function rowsOf(scores: Float32Array, classes: number): number {
  if (scores.length % classes === 0) return scores.length / classes;
  throw new ArgumentError(`expected rows of ${classes} scores, got ${scores.length} values`);
}
