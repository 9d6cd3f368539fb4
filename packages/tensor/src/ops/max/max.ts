import type { Tensor } from "../../tensor.ts";
import { maxGradient } from "../reduce/expand.ts";
import { applyReduction, defineReduction, type ReduceOptions } from "../reduce/reduce.ts";
import { sum } from "../sum/sum.ts";

const op = defineReduction("max", ({ inputs, outputs, attributes: { axes } }, dy) =>
  maxGradient(inputs[0]!, outputs[0]!, dy, axes, (ties) => sum(ties, { axes })),
);

/**
 * Greatest value over axes: `y[kept] = max x[kept, reduced]`. float32; NaN where one of the values is NaN.
 * The gradient is dy, shared equally among the values that are the greatest (among the NaNs where y is NaN).
 *
 * @param options.axes which axes to reduce, negative ones counted from the last; default all
 * @param options.keepDims whether reduced axes stay, with size 1; default false
 * @returns x's shape without the reduced axes
 * @throws ShapeError if an axis is out of range, repeats, or is reduced and empty
 * @throws DTypeError if x is not float32
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return applyReduction(op, "max", x, options);
}
