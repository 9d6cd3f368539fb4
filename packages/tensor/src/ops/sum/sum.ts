import type { Tensor } from "../../tensor.ts";
import { expand } from "../reduce/expand.ts";
import { applyReduction, defineReduction, type ReduceOptions } from "../reduce/reduce.ts";

const op = defineReduction("sum", ({ inputs, attributes }, dy) => expand(dy, inputs[0]!.shape, attributes.axes, 1));

/**
 * Sum over axes: `y[kept] = Σ x[kept, reduced]`. float32, any rank (at most 6 once neighbouring axes that are both
 * reduced or both kept are counted as one). The gradient is dy, repeated along the reduced axes.
 *
 * Partial sums are taken over stretches whose length depends on the shape alone, and then summed in turn, so rounding
 * errors do not grow with the number of terms and the bits do not depend on the number of threads.
 *
 * @param options.axes which axes to sum over, negative ones counted from the last; default all
 * @param options.keepDims whether reduced axes stay, with size 1; default false
 * @returns x's shape without the reduced axes; 0 where there is nothing to sum
 * @throws ShapeError if an axis is out of range or repeats
 * @throws DTypeError if x is not float32
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return applyReduction(op, "sum", x, options);
}
