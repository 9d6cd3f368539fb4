import { DataError } from "../errors.ts";
import { breather } from "./breathe.ts";
import { Kernels } from "./kernels.ts";

/** A = Vᵀ·diag(values)·V, the rows of V being the vectors. */
export interface Eigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** [n, n]: row i is the eigenvector of `values[i]`, of length 1. */
  readonly vectors: Float64Array;
}

/** How to watch and stop a decomposition. */
export interface EigenOptions {
  /** Called now and then with the share that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Ends it by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Shares of the time that the three parts take. */
const PARTS = { reduce: 0.2, accumulate: 0.4, iterate: 0.4 } as const;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, in float64.
 *
 * Householder reduction to a tridiagonal matrix and implicit QL, about 9n³ operations. A backward-stable method: each
 * value is off by a small multiple of 2⁻⁵³ times the greatest one.
 *
 * @param matrix [n, n]; only its lower triangle is read.
 * @see Golub and Van Loan, Matrix Computations, 4th edition, 8.3
 */
export async function symmetricEigen(matrix: Float64Array, n: number, options: EigenOptions = {}): Promise<Eigen> {
  const { onProgress = () => {}, signal } = options;
  const breathe = breather(signal);
  const kernels = await Kernels.open();
  const { run } = kernels;
  const [a, d, e, work] = [n * n, n, n, n].map((length) => kernels.allocate(8 * length)) as Addresses;
  kernels.doubles(a, n * n).set(matrix);
  for (let i = n - 1; i > 0; i--) {
    run.reduce(a, n, i, d, e, work);
    await breathe();
    onProgress(PARTS.reduce * (1 - (i / n) ** 3));
  }
  for (let i = 0; i < n; i++) {
    run.accumulate(a, n, i, d, work);
    await breathe();
    onProgress(PARTS.reduce + PARTS.accumulate * (i / n) ** 3);
  }
  run.transpose(a, n);
  // The reduction has what is between i − 1 and i at i, the iteration at i − 1.
  kernels.doubles(e, n).copyWithin(0, 1);
  kernels.doubles(e, n)[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    if (run.eigenvalue(a, n, l, d, e) < 0) {
      throw new DataError(
        `symmetricEigen: eigenvalue ${l} of ${n} did not converge: is every element a finite number?`,
      );
    }
    await breathe();
    onProgress(1 - PARTS.iterate * (1 - l / n));
  }
  return sorted(kernels.doubles(d, n), kernels.doubles(a, n * n), n);
}

type Addresses = [a: number, d: number, e: number, work: number];

function sorted(values: Float64Array, vectors: Float64Array, n: number): Eigen {
  const order = Array.from(values.keys()).sort((x, y) => values[x]! - values[y]!);
  const result = { values: new Float64Array(n), vectors: new Float64Array(n * n) };
  for (const [to, from] of order.entries()) {
    result.values[to] = values[from]!;
    result.vectors.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  }
  return result;
}
