import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** dy(Φ(x) + x·φ(x)), φ the density of Φ */
const gradientOp = defineElementwise({
  name: "gelu gradient",
  operands: ["dy", "x"],
  wgsl: "a * (normalDistribution(b) + b * normalDensity(b))",
  cpu: "elementwiseGeluGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "gelu",
  operands: ["x"],
  wgsl: "a * normalDistribution(a)",
  cpu: "elementwiseGelu",
  gradient: [({ dy, inputs: [x] }) => gradientOp([dy, x!], noAlpha)[0]!],
});

/**
 * Gaussian error linear unit, element by element: x·Φ(x), Φ(x) = (1 + erf(x / √2)) / 2. float32, any shape.
 * This is the exact form, the default of PyTorch's `gelu` and of Keras's `activations.gelu`; their approximation by tanh
 * differs from it by up to 5e-4. Hendrycks and Gimpel, 2016 (arXiv 1606.08415).
 *
 * @throws DTypeError if x is not float32
 */
export function gelu(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
