/** @file The sizes of a matrix product. */
import type { TensorSpec } from "../../shape.ts";

/** Rows, inner size and columns of `op(a) op(b)`. */
export interface MatmulSizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Reads m, k and n off two matrices; k is a's inner size. */
export function matmulSizes(
  a: TensorSpec,
  b: TensorSpec,
  { transposeA, transposeB }: { readonly transposeA: boolean; readonly transposeB: boolean },
): MatmulSizes {
  return {
    m: a.shape[transposeA ? 1 : 0]!,
    k: a.shape[transposeA ? 0 : 1]!,
    n: b.shape[transposeB ? 0 : 1]!,
  };
}
