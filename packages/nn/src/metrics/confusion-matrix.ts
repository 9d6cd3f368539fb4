/** @file Which classes were taken for which: counts, and what follows from them. */
import { ArgumentError } from "@tessera/tensor";

/** What is said of one class. A ratio whose divisor is 0 is NaN: nothing is known of it. */
export interface ClassReport {
  /** Class number. */
  readonly label: number;
  /** Examples of this class. */
  readonly support: number;
  /** Examples that were taken for this class. */
  readonly predicted: number;
  /** Share of the predictions of this class that are right: `TP / (TP + FP)`. */
  readonly precision: number;
  /** Share of the examples of this class that were found, which is its accuracy: `TP / (TP + FN)`. */
  readonly recall: number;
  /** `2 TP / (2 TP + FP + FN)` */
  readonly f1: number;
}

/** A pair of classes that were confused. */
export interface Confusion {
  readonly label: number;
  readonly prediction: number;
  readonly count: number;
  /** Of the examples of `label`. */
  readonly share: number;
}

/**
 * Counts of examples by true class (row) and predicted class (column). Whole numbers below 2^53, so that the order in
 * which examples come changes nothing.
 */
export class ConfusionMatrix {
  readonly classes: number;
  /** [classes, classes], row by row. */
  readonly counts: Float64Array;

  /** @throws ArgumentError if classes is not a whole number of at least 1, or counts has another length or is no count */
  constructor(classes: number, counts: ArrayLike<number> = new Float64Array(classes ** 2)) {
    if (!Number.isInteger(classes) || classes < 1) {
      throw new ArgumentError(`ConfusionMatrix: classes must be a whole number of at least 1, got ${classes}`);
    }
    if (counts.length !== classes ** 2) {
      throw new ArgumentError(`ConfusionMatrix: expected ${classes ** 2} counts, got ${counts.length}`);
    }
    this.classes = classes;
    this.counts = Float64Array.from(counts);
    const wrong = this.counts.findIndex((count) => !Number.isSafeInteger(count) || count < 0);
    if (wrong >= 0) throw new ArgumentError(`ConfusionMatrix: counts[${wrong}] is no count: ${this.counts[wrong]}`);
  }

  /**
   * Counts examples, or pixels.
   *
   * @param options.ignoreIndex examples of this label are left out. Default: none.
   * @throws ArgumentError, with nothing counted, if there are not as many of both or one is not a class
   */
  add(
    labels: ArrayLike<number>,
    predictions: ArrayLike<number>,
    { ignoreIndex }: { readonly ignoreIndex?: number } = {},
  ): void {
    if (labels.length !== predictions.length) {
      throw new ArgumentError(`ConfusionMatrix: ${labels.length} labels, but ${predictions.length} predictions`);
    }
    const places: number[] = [];
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === ignoreIndex) continue;
      places.push(this.#check("label", labels[i]!, i) * this.classes + this.#check("prediction", predictions[i]!, i));
    }
    for (const place of places) this.counts[place]!++;
  }

  /** Examples of `label` that were taken for `prediction`. */
  at(label: number, prediction: number): number {
    return this.counts[this.#check("label", label) * this.classes + this.#check("prediction", prediction)]!;
  }

  /** Examples that were counted. */
  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Examples on the diagonal. */
  get correct(): number {
    return this.counts.reduce((sum, count, i) => (i % (this.classes + 1) === 0 ? sum + count : sum), 0);
  }

  #check(what: string, value: number, i?: number): number {
    if (Number.isInteger(value) && value >= 0 && value < this.classes) return value;
    const where = i === undefined ? "" : ` ${i}`;
    throw new ArgumentError(
      `ConfusionMatrix: ${what}${where} must be a class of 0 to ${this.classes - 1}, got ${value}`,
    );
  }
}

/** Share of the examples that are right; NaN for none. */
export function accuracyOf(matrix: ConfusionMatrix): number {
  return matrix.correct / matrix.total;
}

/** Precision, recall and support of every class, in the classes' order. */
export function perClass(matrix: ConfusionMatrix): ClassReport[] {
  const { classes } = matrix;
  const found = new Float64Array(classes);
  const support = new Float64Array(classes);
  matrix.counts.forEach((count, i) => {
    support[Math.floor(i / classes)]! += count;
    found[i % classes]! += count;
  });
  return Array.from({ length: classes }, (_, label) => {
    const right = matrix.at(label, label);
    return {
      label,
      support: support[label]!,
      predicted: found[label]!,
      precision: right / found[label]!,
      recall: right / support[label]!,
      f1: (2 * right) / (support[label]! + found[label]!),
    };
  });
}

/** The pairs off the diagonal with the greatest counts; equal ones in the classes' order. Pairs that never occurred are none. */
export function mostConfused(matrix: ConfusionMatrix, most = 10): Confusion[] {
  const { classes } = matrix;
  const rows = perClass(matrix);
  return Array.from(matrix.counts, (count, i) => ({ label: Math.floor(i / classes), prediction: i % classes, count }))
    .filter(({ label, prediction, count }) => label !== prediction && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, most)
    .map((pair) => ({ ...pair, share: pair.count / rows[pair.label]!.support }));
}

/** Intersection over union by class, `TP / (TP + FP + FN)`; NaN for a class that neither labels nor predictions have. */
export function intersectionOverUnion(matrix: ConfusionMatrix): number[] {
  return perClass(matrix).map(({ label, support, predicted }) => {
    const right = matrix.at(label, label);
    return right / (support + predicted - right);
  });
}

/** Mean of the classes' IoU over those that occur in labels or predictions (Everingham et al., 2010; PASCAL VOC). */
export function meanIoU(matrix: ConfusionMatrix): number {
  const known = intersectionOverUnion(matrix).filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Mean of the classes' IoU, each weighted by its share of the labels (Long, Shelhamer and Darrell, 2015). */
export function weightedIoU(matrix: ConfusionMatrix): number {
  const values = intersectionOverUnion(matrix);
  const weighted = perClass(matrix).reduce((sum, { label, support }) => {
    return support > 0 ? sum + support * values[label]! : sum;
  }, 0);
  return weighted / matrix.total;
}
