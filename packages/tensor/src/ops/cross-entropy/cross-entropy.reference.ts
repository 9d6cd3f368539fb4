/** @file Float64 oracle of softmax cross-entropy with integer labels. */
import { mapArray, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** `−log softmax(logits)[label]` of each row. */
function crossEntropyRowsReference(logits: NdArray, labels: NdArray): NdArray {
  const probabilities = softmaxReference(logits);
  const classes = logits.shape[1]!;
  return mapArray(labels, (label, row) => -Math.log(probabilities.data[row * classes + label]!));
}

/** The mean of the rows' losses, a scalar. */
export function crossEntropyReference(logits: NdArray, labels: NdArray): NdArray {
  const rows = crossEntropyRowsReference(logits, labels);
  return ndArray([], () => rows.data.reduce((sum, loss) => sum + loss, 0) / rows.data.length);
}

/** `(softmax(logits) − onehot(label)) · dloss / rows`. */
export function crossEntropyGradientReference(dloss: NdArray, logits: NdArray, labels: NdArray): NdArray {
  const [rows, classes] = logits.shape as [number, number];
  return mapArray(softmaxReference(logits), (probability, i) => {
    const target = labels.data[Math.floor(i / classes)] === i % classes ? 1 : 0;
    return ((probability - target) * dloss.data[0]!) / rows;
  });
}

function softmaxReference(logits: NdArray): NdArray {
  const [rows, classes] = logits.shape as [number, number];
  const result = ndArray(logits.shape);
  for (let row = 0; row < rows; row++) {
    const values = logits.data.subarray(row * classes, (row + 1) * classes);
    const greatest = values.reduce((max, value) => Math.max(max, value));
    const powers = values.map((value) => Math.exp(value - greatest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    result.data.set(
      powers.map((power) => power / total),
      row * classes,
    );
  }
  return result;
}
