import { ShapeError } from "../../errors.ts";
import { formatShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { alongAxis, defineSoftmax, type SoftmaxOptions } from "./along-axis.ts";

const op = defineSoftmax("softmax");
const causal = defineSoftmax("causalSoftmax");

/**
 * Softmax along an axis: `y[k] = exp(x[k] − max) / Σ exp(x − max)`, max and sum along the axis, so that nothing
 * overflows. float32. The gradient is `dx = y (dy − Σ y dy)`.
 *
 * A NaN, or an infinite maximum, makes NaN of everything along the axis, as PyTorch's does; −infinity beside finite
 * values becomes 0.
 *
 * @param options.axis default −1, the last; negative ones are counted from the last
 * @returns float32, the shape of x
 * @throws ShapeError if the axis is out of range
 * @throws DTypeError if x is not float32
 */
export function softmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  return op([x], { ...alongAxis("softmax", x, options), queries: 0, log: false })[0]!;
}

/**
 * Softmax of attention scores where a query sees no later key: `y[…, i, j] = e^(x[…, i, j]) / Σ_{l ≤ i} e^(x[…, i, l])` for
 * j ≤ i, and 0 beyond, to which no gradient flows. What `scaledDotProductAttention` does with `causal`.
 *
 * @param x float32 [..., queries, keys]
 * @returns float32, the shape of x
 * @throws ShapeError if x has fewer than two axes
 * @throws DTypeError if x is not float32
 */
export function causalSoftmax(x: Tensor): Tensor {
  if (x.rank < 2) {
    throw new ShapeError(`causalSoftmax: x must be [..., queries, keys], got ${formatShape(x.shape)}`);
  }
  return causal([x], { ...alongAxis("causalSoftmax", x, {}), queries: x.shape.at(-2)!, log: false })[0]!;
}
