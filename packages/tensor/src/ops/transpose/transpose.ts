import { DTypeError, ShapeError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { defineOp } from "../op.ts";
import { transposeLayout } from "./layout.ts";
import { transposeCpu } from "./transpose.cpu.ts";
import { transposeWebgpu } from "./transpose.webgpu.ts";

/** Axis i of the result is axis `permutation[i]` of x. */
export interface TransposeAttributes {
  readonly permutation: readonly number[];
}

const op = defineOp<TransposeAttributes>({
  name: "transpose",
  shape([x], { permutation }) {
    if (x!.dtype === "uint8") throw new DTypeError("transpose: x must be float32 or int32, got uint8");
    transposeLayout(x!.shape, permutation);
    return [{ shape: permutation.map((axis) => x!.shape[axis]!), dtype: x!.dtype }];
  },
  gradient: ({ attributes: { permutation } }, [dy]) => [transpose(dy!, invert(permutation))],
  webgpu: transposeWebgpu,
  cpu: transposeCpu,
});

/**
 * Axes in another order: axis i of the result is axis `permutation[i]` of x. A copy; float32 or int32, any rank (at
 * most 6 once axes that stay neighbours in the same order are counted as one). The gradient is moved back by the
 * inverse permutation.
 *
 * @param permutation each axis of x once, negative ones counted from the last; default: the axes reversed
 * @throws ShapeError if `permutation` is not a permutation of x's axes
 * @throws DTypeError if x is uint8
 */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const axes = permutation ?? x.shape.map((_, axis) => x.rank - 1 - axis);
  const resolved = axes.map((axis) => (axis < 0 ? axis + x.rank : axis));
  const complete = x.shape.every((_, axis) => resolved.includes(axis));
  if (resolved.length !== x.rank || !complete) {
    throw new ShapeError(`transpose: permutation must name each of x's ${x.rank} axes once, got [${axes.join(", ")}]`);
  }
  return op([x], { permutation: resolved })[0]!;
}

function invert(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis));
}
