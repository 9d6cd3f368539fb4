/** @file What networks that give a class to each pixel are trained and measured by. */
import { argmax, matmul, mul, oneHot, reshape } from "@tessera/tensor";
import { ConfusionMatrix, meanIoU, weightedIoU } from "./metrics/confusion-matrix.ts";
import { type ClassificationOptions, classification, countedRows, type Objective, type Totals } from "./objective.ts";

/** Label of pixels that do not count, unless another is named: no class has it, and it is what `data` marks them with. */
export const IGNORE_INDEX = -1;

/**
 * Softmax cross-entropy in nats and `accuracy`, the share of pixels that are right, for outputs [N, H, W, classes] and
 * class numbers int32 [N, H, W]. `evaluate`, and so `fit`'s validation, adds `mean_iou` and `weighted_iou`, which
 * follow from the whole set's confusion matrix (see `meanIoU` and `weightedIoU`). Pixels labelled `ignoreIndex` count
 * nowhere. Each batch's means weigh as many pixels as counted before a transform took some away.
 *
 * @param options.ignoreIndex default: −1
 */
export function pixelClassification({
  ignoreIndex = IGNORE_INDEX,
  ...options
}: ClassificationOptions = {}): Objective<"accuracy"> {
  const { measure, ...objective } = classification({ ...options, ignoreIndex });
  return {
    ...objective,
    measure(outputs, targets, weight) {
      const { loss, accuracy } = measure(outputs, targets, weight);
      return { loss, accuracy };
    },
    totals: confusionTotals(ignoreIndex),
  };
}

/** The confusion matrix as a product of one-hot labels and one-hot predictions. */
function confusionTotals(ignoreIndex: number): Totals {
  return {
    count(outputs, targets) {
      const classes = outputs.shape.at(-1)!;
      const count = outputs.size / classes;
      const labels = reshape(targets, [count]);
      const rows = mul(oneHot(labels, classes), reshape(countedRows(labels, classes, ignoreIndex), [count, 1]));
      const predictions = oneHot(reshape(argmax(outputs), [count]), classes);
      return matmul(rows, predictions, { transposeA: true });
    },
    metrics(sums) {
      const matrix = new ConfusionMatrix(Math.sqrt(sums.length), sums);
      return { mean_iou: meanIoU(matrix), weighted_iou: weightedIoU(matrix) };
    },
  };
}
