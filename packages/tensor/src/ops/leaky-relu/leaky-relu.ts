import { ArgumentError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { defineElementwise } from "../elementwise/elementwise.ts";

/** dy where y > 0, else α·dy: α is not negative, so that y > 0 exactly where x > 0. */
const gradientOp = defineElementwise({
  name: "leakyRelu gradient",
  operands: ["dy", "y"],
  wgsl: "select(a * alpha, a, b > 0.0)",
  cpu: "elementwiseLeakyReluGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "leakyRelu",
  operands: ["x"],
  wgsl: "select(a * alpha, a, a > 0.0)",
  cpu: "elementwiseLeakyRelu",
  gradient: [({ dy, output, alpha }) => gradientOp([dy, output], { alpha })[0]!],
});

/**
 * Leaky rectifier, element by element: x where x > 0, else αx. The gradient at 0 is α. float32, any shape.
 * Maas, Hannun and Ng, 2013 (Rectifier nonlinearities improve neural network acoustic models).
 *
 * @param options.alpha α, the slope below 0, default 0.3 as in Keras's `LeakyReLU` layer (its function of that name has
 *   0.2, PyTorch 0.01); finite and not negative
 * @throws ArgumentError if α is negative or not finite; DTypeError if x is not float32
 */
export function leakyRelu(x: Tensor, { alpha = 0.3 }: { alpha?: number } = {}): Tensor {
  if (!(alpha >= 0 && Number.isFinite(alpha))) {
    throw new ArgumentError(`leakyRelu: alpha must be finite and at least 0, got ${alpha}`);
  }
  return op([x], { alpha })[0]!;
}
