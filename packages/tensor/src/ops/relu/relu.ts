import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

const gradientOp = defineElementwise({
  name: "relu gradient",
  operands: ["dy", "y"],
  wgsl: "select(0.0, a, b > 0.0)",
  cpu: "elementwiseReluGradient",
  gradient: "none",
});

/** dy where y > 0 */
export function reluGradient(dy: Tensor, y: Tensor): Tensor {
  return gradientOp([dy, y], noAlpha)[0]!;
}

const op = defineElementwise({
  name: "relu",
  operands: ["x"],
  wgsl: "max(a, 0.0)",
  cpu: "elementwiseRelu",
  gradient: [({ dy, output }) => reluGradient(dy, output)],
});

/** Element by element, max(x, 0). The gradient at 0 is 0. float32, any shape. */
export function relu(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
