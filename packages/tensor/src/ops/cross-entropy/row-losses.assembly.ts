// Cross-entropy of rows with targets q[k] = weight[k] ((1 − smoothing) y[k] + smoothing / classes), y being soft labels
// or 1 for the label. `weight` is 0 where there is none; with `ignores`, rows labelled `ignoreIndex` take no part.
import { shareStart } from "../parallel.assembly";
import { laneMask, storePart, sumLanes } from "../reduce/lanes.assembly";
import { exp4 } from "../vector-math.assembly";

/** The targets of classes k to k + 3, but for what a class number adds. */
// @ts-ignore: decorator
@inline
function targets(row: usize, weight: usize, k: i32, classes: i32, soft: i32, smoothing: f32): v128 {
  const at = <usize>k << 2;
  let q = f32x4.splat(smoothing / <f32>classes);
  if (soft) q = f32x4.add(q, f32x4.mul(v128.load(row + at), f32x4.splat(1 - smoothing)));
  return weight ? f32x4.mul(q, v128.load(weight + at)) : q;
}

/** What a class number adds to the target of its class. */
// @ts-ignore: decorator
@inline
function labelTarget(weight: usize, label: i32, smoothing: f32): f32 {
  return (1 - smoothing) * (weight ? load<f32>(weight + (<usize>label << 2)) : 1);
}

/** losses = −Σ q log p, terms with q = 0 being 0; masses = Σ q; counts = 1, or the label's weight. */
export function crossEntropyLosses(
  logProbabilities: usize, labels: usize, weight: usize, losses: usize, counts: usize, masses: usize,
  rows: i32, classes: i32, soft: i32, smoothing: f32, ignores: i32, ignoreIndex: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const at = <usize>row << 2;
    const start = <usize>(<u32>(row * classes)) << 2;
    const logs = logProbabilities + start;
    let loss: f32 = 0;
    let mass: f32 = 0;
    let count: f32 = 1;
    if (soft || smoothing > 0) {
      let lossSum = f32x4.splat(0);
      let massSum = lossSum;
      for (let k = 0; k < classes; k += 4) {
        const q = v128.and(targets(labels + start, weight, k, classes, soft, smoothing), laneMask(classes - k));
        const terms = f32x4.mul(q, v128.load(logs + (<usize>k << 2)));
        lossSum = f32x4.sub(lossSum, v128.and(terms, f32x4.ne(q, f32x4.splat(0))));
        massSum = f32x4.add(massSum, q);
      }
      loss = sumLanes(lossSum);
      mass = sumLanes(massSum);
    }
    if (!soft) {
      const label = load<i32>(labels + at);
      if (ignores && label == ignoreIndex) {
        loss = 0;
        mass = 0;
        count = 0;
      } else if (<u32>label >= <u32>classes) {
        loss = NaN;
        mass = NaN;
      } else {
        const q = labelTarget(weight, label, smoothing);
        if (q != 0) loss -= q * load<f32>(logs + (<usize>label << 2));
        mass += q;
        if (weight) count = load<f32>(weight + (<usize>label << 2));
      }
    }
    store<f32>(losses + at, loss);
    store<f32>(counts + at, count);
    store<f32>(masses + at, mass);
  }
}

/** dlogits = dlosses (p masses − q); 0 in a row that takes no part, NaN in one whose label is not a class. */
export function crossEntropyLossesGradient(
  dlosses: usize, logProbabilities: usize, masses: usize, labels: usize, weight: usize, dlogits: usize,
  rows: i32, classes: i32, soft: i32, smoothing: f32, ignores: i32, ignoreIndex: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const start = <usize>(<u32>(row * classes)) << 2;
    const label = soft ? -1 : load<i32>(labels + (<usize>row << 2));
    if (!soft && ignores && label == ignoreIndex) {
      memory.fill(dlogits + start, 0, <usize>classes << 2);
      continue;
    }
    const scale = load<f32>(dlosses + (<usize>row << 2));
    const mass = f32x4.splat(load<f32>(masses + (<usize>row << 2)));
    for (let k = 0; k < classes; k += 4) {
      const at = start + (<usize>k << 2);
      const q = targets(labels + start, weight, k, classes, soft, smoothing);
      const difference = f32x4.sub(f32x4.mul(exp4(v128.load(logProbabilities + at)), mass), q);
      storePart(dlogits + at, f32x4.mul(difference, f32x4.splat(scale)), classes - k);
    }
    if (<u32>label < <u32>classes) {
      const at = dlogits + start + (<usize>label << 2);
      store<f32>(at, load<f32>(at) - labelTarget(weight, label, smoothing) * scale);
    }
  }
}
