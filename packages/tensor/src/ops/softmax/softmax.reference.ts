/** @file Float64 oracle of softmax and its logarithm. */
import { sizeOf } from "../../shape.ts";
import { type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Which axis, at least 0, and whether the logarithm is asked for; `causal`: row i of the last two axes ends at i. */
export interface SoftmaxReferenceOptions {
  readonly axis: number;
  readonly log?: boolean;
  readonly causal?: boolean;
}

/** exp(x − max) / Σ exp(x − max) along the axis, or its logarithm. */
export function softmaxReference(x: NdArray, options: SoftmaxReferenceOptions): NdArray {
  const y = ndArray(x.shape);
  forRows(x, options, (row) => {
    const greatest = row.reduce((max, i) => Math.max(max, x.data[i]!), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((total, i) => total + Math.exp(x.data[i]! - greatest), 0);
    for (const i of row) {
      y.data[i] = options.log ? x.data[i]! - greatest - Math.log(sum) : Math.exp(x.data[i]! - greatest) / sum;
    }
  });
  return y;
}

/** Σ_j dy[j] ∂y[j]/∂x[k]: y[k] (dy[k] − Σ y dy), and dy[k] − softmax[k] Σ dy for the logarithm. */
export function softmaxGradientReference(dy: NdArray, x: NdArray, options: SoftmaxReferenceOptions): NdArray {
  const { data: y } = softmaxReference(x, { ...options, log: false });
  const dx = ndArray(x.shape);
  forRows(x, options, (row) => {
    const sum = row.reduce((total, i) => total + dy.data[i]! * (options.log ? 1 : y[i]!), 0);
    for (const i of row) dx.data[i] = options.log ? dy.data[i]! - y[i]! * sum : y[i]! * (dy.data[i]! - sum);
  });
  return dx;
}

/** Calls back with the flat indices of every row along the axis. */
function forRows({ shape }: NdArray, { axis, causal }: SoftmaxReferenceOptions, each: (row: number[]) => void): void {
  const inner = sizeOf(shape.slice(axis + 1));
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
    const length = causal ? Math.min(shape[axis]!, (outer % shape[axis - 1]!) + 1) : shape[axis]!;
    for (let i = 0; i < inner; i++) {
      each(Array.from({ length }, (_, k) => (outer * shape[axis]! + k) * inner + i));
    }
  }
}
