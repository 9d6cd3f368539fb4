import { noGradient } from "../../autograd.ts";
import { scope } from "../../scope.ts";
import type { Tensor } from "../../tensor.ts";
import { mean } from "../mean/mean.ts";
import { checkVariance, type VarianceOptions, varianceAround } from "../moments/around-mean.ts";

/**
 * Variance over axes: `Σ (x − mean)² / (n − correction)`, in two passes. float32. The gradient is
 * 2 (x − mean) dy / (n − correction).
 *
 * @param options.axes which axes to take it over, negative ones counted from the last; default all
 * @param options.keepDims whether reduced axes stay, with size 1; default false
 * @param options.correction what is taken off n, at least 0 and below n; default 0, the biased variance (Keras,
 *   TensorFlow); PyTorch's default is 1
 * @returns x's shape without the reduced axes; NaN where there is nothing to average
 * @throws ShapeError if an axis is out of range or repeats
 * @throws ArgumentError if correction is negative or not below n
 * @throws DTypeError if x is not float32
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkVariance("variance", x, options);
  return scope(() => {
    const average = noGradient(() => mean(x, options));
    const result = varianceAround("variance", x, average, options);
    result.own([average]);
    return result;
  });
}
