import { DataError } from "../errors.ts";
import { breather } from "../linear/breathe.ts";
import { Gram } from "../linear/gram.ts";
import { symmetricEigen } from "../linear/symmetric-eigen.ts";

/** What is going on, and how far it is: `done` of `total`, in images, or in thousandths for `eigenvectors`. */
export interface PreprocessProgress {
  readonly phase: "sharpen" | "mean" | "covariance" | "eigenvectors" | "normalize";
  readonly done: number;
  readonly total: number;
}

/** How to watch and stop long work. */
export interface WorkOptions {
  readonly onProgress?: ((progress: PreprocessProgress) => void) | undefined;
  /** Ends the work by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A fitted ZCA transform. */
export interface Whitening {
  /** U·diag(1 / √(S + ε))·Uᵀ, [n, n], symmetric. */
  readonly matrix: Float32Array;
  /** S, descending. */
  readonly eigenvalues: Float64Array;
}

/** Writes row `index` of the data, less its mean, into `out`. */
export type FillRow = (index: number, out: Float64Array) => void;

/** XᵀX / rows in float64, for rows that are made one after the other. */
export async function covariance(
  rows: number,
  features: number,
  fill: FillRow,
  options: WorkOptions = {},
): Promise<Float64Array> {
  const { onProgress, signal } = options;
  const gram = await Gram.of(features);
  const breathe = breather(signal);
  const block = new Float64Array(Gram.blockRows * features);
  for (let start = 0; start < rows; start += Gram.blockRows) {
    const count = Math.min(Gram.blockRows, rows - start);
    for (let i = 0; i < count; i++) fill(start + i, block.subarray(i * features, (i + 1) * features));
    gram.add(block, count);
    await breathe();
    onProgress?.({ phase: "covariance", done: start + count, total: rows });
  }
  return gram.result().map((sum) => sum / rows);
}

/**
 * The ZCA transform of a covariance matrix, W = U·diag(1 / √(S + ε))·Uᵀ. Data with that covariance, multiplied by W, have
 * the covariance U·diag(S / (S + ε))·Uᵀ.
 *
 * @param sigma [n, n], symmetric.
 * @param epsilon added to each eigenvalue, above 0 where the data do not span every direction.
 */
export async function zca(
  sigma: Float64Array,
  n: number,
  epsilon: number,
  options: WorkOptions = {},
): Promise<Whitening> {
  const { onProgress, signal } = options;
  const report = (share: number) =>
    onProgress?.({ phase: "eigenvectors", done: Math.floor(1000 * share), total: 1000 });
  const { values, vectors } = await symmetricEigen(sigma, n, { onProgress: (share) => report(0.95 * share), signal });
  const gram = await Gram.of(n);
  const breathe = breather(signal);
  const block = new Float64Array(Gram.blockRows * n);
  for (let start = 0; start < n; start += Gram.blockRows) {
    const count = Math.min(Gram.blockRows, n - start);
    for (let i = 0; i < count; i++) {
      const scale = rootOfInverse(values[start + i]!, epsilon);
      for (let k = 0; k < n; k++) block[i * n + k] = scale * vectors[(start + i) * n + k]!;
    }
    gram.add(block, count);
    await breathe();
    report(0.95 + (0.05 * (start + count)) / n);
  }
  return { matrix: new Float32Array(gram.result()), eigenvalues: values.toReversed() };
}

/** (s + ε)^(−1/4). Rounding may leave an eigenvalue just below 0. */
function rootOfInverse(value: number, epsilon: number): number {
  const raised = Math.max(value, 0) + epsilon;
  if (raised > 0) return raised ** -0.25;
  throw new DataError("zca: epsilon: expected a number above 0, as an eigenvalue of the covariance is 0, got 0");
}
