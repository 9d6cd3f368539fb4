/** @file What a model of fine classes says of the superclasses that they belong to. */
import { ArgumentError } from "@tessera/tensor";
import { ConfusionMatrix } from "./confusion-matrix.ts";

/** Accuracy by superclass. A ratio whose divisor is 0 is NaN. */
export interface SuperclassReport {
  /** Share of the examples whose predicted class is of the true superclass. */
  readonly accuracy: number;
  /** Of the examples whose class is wrong, the share that is of the true superclass nonetheless. */
  readonly errorsInside: number;
  /** Wrong examples. */
  readonly errors: number;
  /** Counts by superclass. */
  readonly matrix: ConfusionMatrix;
}

/**
 * Superclass accuracy of a fine model by its best class: the predicted superclass is that of the class with the highest
 * logit. {@link superclassProbabilities} sums instead, and may decide otherwise.
 *
 * @param superclasses the superclass of each class, counted from 0
 * @throws ArgumentError if there is not one for each class
 */
export function superclassReport(matrix: ConfusionMatrix, superclasses: ArrayLike<number>): SuperclassReport {
  const { classes } = matrix;
  const groups = checkSuperclasses(superclasses, classes);
  const counts = new Float64Array(groups ** 2);
  matrix.counts.forEach((count, i) => {
    counts[superclasses[Math.floor(i / classes)]! * groups + superclasses[i % classes]!]! += count;
  });
  const coarse = new ConfusionMatrix(groups, counts);
  const errors = matrix.total - matrix.correct;
  return {
    accuracy: coarse.correct / coarse.total,
    errorsInside: (coarse.correct - matrix.correct) / errors,
    errors,
    matrix: coarse,
  };
}

/**
 * Probabilities of superclasses: those of their classes, summed.
 *
 * @param probabilities [N, classes], row by row
 * @returns [N, superclasses]
 */
export function superclassProbabilities(probabilities: Float32Array, superclasses: ArrayLike<number>): Float32Array {
  const classes = superclasses.length;
  const groups = checkSuperclasses(superclasses, classes);
  if (probabilities.length % classes !== 0) {
    throw new ArgumentError(`superclasses: expected rows of ${classes} probabilities, got ${probabilities.length}`);
  }
  const sums = new Float64Array((probabilities.length / classes) * groups);
  probabilities.forEach((value, i) => {
    sums[Math.floor(i / classes) * groups + superclasses[i % classes]!]! += value;
  });
  return Float32Array.from(sums);
}

/**
 * The superclass of each class, from examples that have both labels; −1 for a class without examples.
 *
 * @throws ArgumentError if a class occurs with two superclasses
 */
export function superclassesOf(
  labels: ArrayLike<number>,
  coarseLabels: ArrayLike<number>,
  classes: number,
): Int32Array {
  const result = new Int32Array(classes).fill(-1);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (result[label] === -1) result[label] = coarseLabels[i]!;
    if (result[label] === coarseLabels[i]) continue;
    throw new ArgumentError(
      `superclasses: class ${label} has superclasses ${result[label]} and ${coarseLabels[i]} (example ${i})`,
    );
  }
  return result;
}

/** The number of superclasses. */
function checkSuperclasses(superclasses: ArrayLike<number>, classes: number): number {
  if (superclasses.length !== classes) {
    throw new ArgumentError(`superclasses: expected one for each of ${classes} classes, got ${superclasses.length}`);
  }
  const values = Array.from(superclasses);
  const wrong = values.findIndex((value) => !Number.isInteger(value) || value < 0);
  if (wrong >= 0) throw new ArgumentError(`superclasses: class ${wrong}: expected 0 or more, got ${values[wrong]}`);
  return Math.max(...values) + 1;
}
