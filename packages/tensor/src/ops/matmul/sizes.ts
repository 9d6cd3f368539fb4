/** @file The sizes of a matrix product. */
import type { TensorSpec } from "../../shape.ts";

/** Rows, inner size and columns of `op(a) op(b)`. */
export interface MatmulSizes {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Reads m, k and n off the last two axes; k is a's inner size. */
export function matmulSizes(
  a: TensorSpec,
  b: TensorSpec,
  { transposeA, transposeB }: { readonly transposeA: boolean; readonly transposeB: boolean },
): MatmulSizes {
  return {
    m: a.shape.at(transposeA ? -1 : -2)!,
    k: a.shape.at(transposeA ? -2 : -1)!,
    n: b.shape.at(transposeB ? -2 : -1)!,
  };
}
