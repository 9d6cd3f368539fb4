import type { Tensor } from "../../tensor.ts";
import { alongAxis, defineSoftmax, type SoftmaxOptions } from "../softmax/along-axis.ts";

const op = defineSoftmax("logSoftmax");

/**
 * Logarithm of softmax along an axis: `y[k] = x[k] − max − log Σ exp(x − max)`, max and sum along the axis: where
 * softmax itself would be too small for float32, its logarithm is not. float32. The gradient is
 * `dx = dy − softmax(x) Σ dy`.
 *
 * A NaN, or an infinite maximum, makes NaN of everything along the axis.
 *
 * @param options.axis default −1, the last; negative ones are counted from the last
 * @returns float32, the shape of x
 * @throws ShapeError if the axis is out of range
 * @throws DTypeError if x is not float32
 */
export function logSoftmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  return op([x], { ...alongAxis("logSoftmax", x, options), queries: 0, log: true })[0]!;
}
