import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** dy·y(1 − y) */
const gradientOp = defineElementwise({
  name: "sigmoid gradient",
  operands: ["dy", "y"],
  wgsl: "a * b * (1.0 - b)",
  cpu: "elementwiseSigmoidGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "sigmoid",
  operands: ["x"],
  wgsl: "sigmoid(a)",
  cpu: "elementwiseSigmoid",
  gradient: [({ dy, output }) => gradientOp([dy, output], noAlpha)[0]!],
});

/**
 * Logistic sigmoid, element by element: 1 / (1 + e⁻ˣ), without overflow at either end. float32, any shape.
 *
 * @throws DTypeError if x is not float32
 */
export function sigmoid(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
