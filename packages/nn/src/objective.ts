/** @file What training minimises, and what is measured beside it. */
import {
  argmax,
  crossEntropy,
  div,
  gather,
  maximum,
  mean,
  mul,
  noGradient,
  reshape,
  type Shape,
  sum,
  type Tensor,
  tensor,
  topKHits,
} from "@tessera/tensor";
import type { Batch } from "./batch.ts";
import type { ClassificationMetric } from "./metrics.ts";

/** float32 scalars of one batch by the names that the history has for them: the loss, and what is measured beside it. */
export type Scalars<Name extends string = ClassificationMetric> = { readonly loss: Tensor } & {
  readonly [Key in Name]: Tensor;
};

/** What training minimises. Each scalar is a mean over the batch; an epoch's is the mean of those by their weights. */
export interface Objective<Name extends string = ClassificationMetric> {
  /**
   * @param outputs what the model gave; on the tape in training
   * @param targets the batch's labels on the device
   * @param weight what {@link weight} gave for the batch
   */
  measure(outputs: Tensor, targets: Tensor, weight: number): Scalars<Name>;
  /** How much a batch's means count in an epoch's and in accumulated gradients. Default: its number of examples. */
  weight?(batch: Batch): number;
  /** What is wrong with a batch's labels, as `example 3: …`; `null` if nothing is. Asked before anything runs. */
  refusal?(batch: Batch, outputs: Shape): string | null;
  /** Metrics that are no means over batches. Default: none. */
  readonly totals?: Totals;
}

/** Metrics that follow from sums over a whole set, as the union of a class does. `evaluate` measures them, training does not. */
export interface Totals {
  /** float32 counts of one batch, of one shape for all; whole numbers below 2^24, so that they are exact. */
  count(outputs: Tensor, targets: Tensor): Tensor;
  /** Metrics by their names, from the sums of the counts of all batches. */
  metrics(sums: Float64Array): Readonly<Record<string, number>>;
}

/** Options of {@link classification}. */
export interface ClassificationOptions {
  /** Share of every target that is spread evenly over the classes, 0 to 1. Default: 0. */
  readonly labelSmoothing?: number;
  /** Label of rows (of pixels) that do not count. Default: there is no such label. */
  readonly ignoreIndex?: number;
}

/**
 * Softmax cross-entropy in nats, `accuracy` and `top5_accuracy`, for outputs [N, classes] or a row a pixel
 * [N, H, W, classes]. Labels are class numbers (int32), or shares of the classes (float32), whose greatest counts as the
 * label of the accuracies. With `ignoreIndex` all three are means over the rows that count, over an epoch, too.
 */
export function classification({ labelSmoothing = 0, ignoreIndex }: ClassificationOptions = {}): Objective {
  const counts = (label: number) => label !== ignoreIndex;
  return {
    measure: (outputs, targets) => ({
      loss: crossEntropy(outputs, targets, {
        labelSmoothing,
        ...(ignoreIndex !== undefined && targets.dtype === "int32" && { ignoreIndex }),
      }),
      ...noGradient(() => accuracies(outputs, targets, ignoreIndex)),
    }),
    ...(ignoreIndex !== undefined && {
      weight: ({ labels, shape }: Batch) => (labels instanceof Int32Array ? labels.filter(counts).length : shape[0]!),
    }),
    refusal: ({ labels, labelShape }, outputs) => {
      if (!(labels instanceof Int32Array)) return null;
      const classes = outputs.at(-1)!;
      const i = labels.findIndex((label) => counts(label) && !(label >= 0 && label < classes));
      if (i < 0) return null;
      const rows = (labelShape ?? [1]).slice(1).reduce((a, b) => a * b, 1);
      return `example ${Math.floor(i / rows)}: label ${labels[i]} is none of the model's ${classes} classes, 0 … ${classes - 1}`;
    },
  };
}

/** Top-1 and top-5, over the rows that count. */
function accuracies(outputs: Tensor, targets: Tensor, ignoreIndex: number | undefined) {
  const classes = outputs.shape.at(-1)!;
  const rows = reshape(outputs, [outputs.size / classes, classes]);
  const labels = reshape(targets.dtype === "float32" ? argmax(targets) : targets, [rows.shape[0]!]);
  const all = ignoreIndex === undefined || targets.dtype === "float32";
  const counted = all ? null : countedRows(labels, classes, ignoreIndex);
  const share = (k: number) => {
    const hits = topKHits(rows, labels, k);
    // Counted here, because a transform may have taken rows away that the batch had.
    return counted ? div(sum(mul(hits, counted)), maximum(sum(counted), 1)) : mean(hits);
  };
  return { accuracy: share(1), top5_accuracy: share(5) };
}

/** 1 for each row whose label is a class and is not ignored, else 0. */
export function countedRows(labels: Tensor, classes: number, ignoreIndex: number): Tensor {
  const counts = Float32Array.from({ length: classes }, (_, label) => (label === ignoreIndex ? 0 : 1));
  return gather(tensor(counts, [classes], { device: labels.device }), labels);
}

/** Says what the labels of a batch are to be, in errors. */
export function labelShapeOf({ labels, labelShape, shape }: Batch): Shape {
  const count = shape[0]!;
  const found = labelShape ?? (labels instanceof Int32Array ? [count] : [count, labels.length / count]);
  return found.every(Number.isInteger) ? found : [labels.length];
}
