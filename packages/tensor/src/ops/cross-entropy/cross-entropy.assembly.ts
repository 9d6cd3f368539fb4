// Softmax cross-entropy with class labels: rows, and the gradient. The mean over the rows is a reduction of its own.
import { shareStart } from "../parallel.assembly";
import { storePart } from "../reduce/lanes.assembly";
import { divideRow, rowExponentials, rowMaximum } from "../softmax/rows.assembly";
import { log4 } from "../vector-math.assembly";

/** probabilities[row, k] = softmax; losses[row] = log Σ exp(logit − max) − (logit of the label − max), or NaN. */
export function crossEntropyRows(
  logits: usize, labels: usize, probabilities: usize, losses: usize, rows: i32, classes: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const start = <usize>(<u32>(row * classes)) << 2;
    const x = logits + start;
    const out = probabilities + start;
    const greatest = rowMaximum(x, classes);
    const sum = rowExponentials(x, out, classes, greatest);
    divideRow(out, classes, sum);
    const label = load<i32>(labels + (<usize>row << 2));
    let loss: f32 = NaN;
    if (<u32>label < <u32>classes) {
      const logSum = f32x4.extract_lane(log4(f32x4.splat(sum)), 0);
      loss = logSum - (load<f32>(x + (<usize>label << 2)) - greatest);
    }
    store<f32>(losses + (<usize>row << 2), loss);
  }
}

/** dlogits[row, k] = (probabilities[row, k] − onehot) dloss / rows; NaN in a row whose label is not a class. */
export function crossEntropyGradient(
  dloss: usize, probabilities: usize, labels: usize, dlogits: usize, rows: i32, classes: i32, thread: i32, threads: i32,
): void {
  const scale = load<f32>(dloss) / <f32>rows;
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const start = <usize>(<u32>(row * classes)) << 2;
    const label = load<i32>(labels + (<usize>row << 2));
    const inside = <u32>label < <u32>classes;
    const factor = f32x4.splat(inside ? scale : NaN);
    for (let k = 0; k < classes; k += 4) {
      const at = start + (<usize>k << 2);
      storePart(dlogits + at, f32x4.mul(v128.load(probabilities + at), factor), classes - k);
    }
    if (inside) {
      const at = start + (<usize>label << 2);
      store<f32>(dlogits + at, (load<f32>(probabilities + at) - 1) * scale);
    }
  }
}
