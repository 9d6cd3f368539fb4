import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** dy(1 − y²), as a product that does not cancel */
const gradientOp = defineElementwise({
  name: "tanh gradient",
  operands: ["dy", "y"],
  wgsl: "a * ((1.0 - b) * (1.0 + b))",
  cpu: "elementwiseTanhGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "tanh",
  operands: ["x"],
  wgsl: "hyperbolicTangent(a)",
  cpu: "elementwiseTanh",
  gradient: [({ dy, output }) => gradientOp([dy, output], noAlpha)[0]!],
});

/**
 * Hyperbolic tangent, element by element: (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). float32, any shape.
 *
 * @throws DTypeError if x is not float32
 */
export function tanh(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
