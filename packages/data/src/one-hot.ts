import { checkInteger } from "./arguments.ts";
import { CorruptRecordError } from "./errors.ts";

/**
 * Keras's `to_categorical`: a row of `classes` numbers for each label, 1 at the label and 0 elsewhere.
 *
 * @param classes default: the greatest label and one.
 * @returns float32 [N, classes].
 * @throws CorruptRecordError for a label outside 0 … classes − 1.
 */
export function toCategorical(labels: ArrayLike<number>, classes?: number): Float32Array {
  const width = classes ?? Array.from(labels).reduce((most, label) => Math.max(most, label), -1) + 1;
  checkInteger("toCategorical: classes", width, 0);
  const out = new Float32Array(labels.length * width);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= width) {
      const problem = `expected a label from 0 to ${width - 1}, got ${label}`;
      throw new CorruptRecordError(`toCategorical: record ${i}: ${problem}`, i);
    }
    out[i * width + label] = 1;
  }
  return out;
}
