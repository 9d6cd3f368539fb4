import type { Tensor } from "../../tensor.ts";
import { expand } from "../reduce/expand.ts";
import { applyReduction, defineReduction, type ReduceOptions } from "../reduce/reduce.ts";

const op = defineReduction("mean", ({ inputs, outputs, attributes }, dy) =>
  expand(dy, inputs[0]!.shape, attributes.axes, inputs[0]!.size / outputs[0]!.size),
);

/**
 * Arithmetic mean over axes: `y[kept] = Σ x[kept, reduced] / n`, n being the number of values reduced into one.
 * float32; summed as `sum` does, then divided. The gradient is dy / n, repeated along the reduced axes.
 *
 * @param options.axes which axes to average over, negative ones counted from the last; default all
 * @param options.keepDims whether reduced axes stay, with size 1; default false
 * @returns x's shape without the reduced axes; NaN where there is nothing to average
 * @throws ShapeError if an axis is out of range or repeats
 * @throws DTypeError if x is not float32
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return applyReduction(op, "mean", x, options);
}
