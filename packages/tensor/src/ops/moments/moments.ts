import { scope } from "../../scope.ts";
import type { Tensor } from "../../tensor.ts";
import { mean } from "../mean/mean.ts";
import { checkVariance, type VarianceOptions, varianceAround } from "./around-mean.ts";

/** What {@link moments} gives. */
export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Mean and variance over axes, as TensorFlow's `nn.moments`: `mean = Σ x / n`,
 * `variance = Σ (x − mean)² / (n − correction)`, in two passes. float32. The gradients are dy / n, and
 * 2 (x − mean) dy / (n − correction).
 *
 * @param options.axes which axes to take them over, negative ones counted from the last; default all
 * @param options.keepDims whether reduced axes stay, with size 1; default false
 * @param options.correction what is taken off n in the variance, at least 0 and below n; default 0, the biased variance
 * @returns both of x's shape without the reduced axes; NaN where there is nothing to average
 * @throws ShapeError if an axis is out of range or repeats
 * @throws ArgumentError if correction is negative or not below n
 * @throws DTypeError if x is not float32
 */
export function moments(x: Tensor, options: VarianceOptions = {}): Moments {
  checkVariance("moments", x, options);
  return scope(() => {
    const average = mean(x, options);
    return { mean: average, variance: varianceAround("moments", x, average, options) };
  });
}
