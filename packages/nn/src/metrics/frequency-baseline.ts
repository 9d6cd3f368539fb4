/** @file What a model has to beat: one that sees no images. */
import { ArgumentError } from "@tessera/tensor";

/** What a guess that is always the same gets. */
export interface FrequencyBaseline {
  /** The most frequent class of the training labels, the first of equal ones. */
  readonly label: number;
  /** Share of the measured labels that are of it. */
  readonly accuracy: number;
  /** Cross-entropy in nats where each class is given its share of the training labels, the best that is always the same. */
  readonly loss: number;
}

/**
 * Always guesses by the frequencies of the training labels. Each class is counted once more than it occurs (Laplace), so
 * that a class that is new in `measured` costs much, but not infinitely much.
 *
 * @param options.ignoreIndex label that does not count, in either. Default: none.
 * @throws ArgumentError if a label is none of the classes
 */
export function frequencyBaseline(
  train: ArrayLike<number>,
  measured: ArrayLike<number>,
  classes: number,
  { ignoreIndex }: { readonly ignoreIndex?: number } = {},
): FrequencyBaseline {
  const own = countsOf(train, classes, ignoreIndex);
  const counts = countsOf(measured, classes, ignoreIndex);
  const [seen, total] = [own, counts].map((each) => each.reduce((sum, count) => sum + count, 0));
  const label = own.indexOf(Math.max(...own));
  const nats = counts.reduce((sum, count, c) => sum - count * Math.log((own[c]! + 1) / (seen! + classes)), 0);
  return { label, accuracy: counts[label]! / total!, loss: nats / total! };
}

function countsOf(labels: ArrayLike<number>, classes: number, ignoreIndex: number | undefined): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label === ignoreIndex) continue;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new ArgumentError(`frequencyBaseline: label ${i}: expected a class of 0 to ${classes - 1}, got ${label}`);
    }
    counts[label]!++;
  }
  return counts;
}
