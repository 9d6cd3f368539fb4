import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

const gradientOp = defineElementwise({
  name: "sqrt gradient",
  operands: ["dy", "y"],
  wgsl: "a * 0.5 / b",
  cpu: "elementwiseSqrtGradient",
  gradient: "none",
});

/** dy / 2y */
function sqrtGradient(dy: Tensor, y: Tensor): Tensor {
  return gradientOp([dy, y], noAlpha)[0]!;
}

const op = defineElementwise({
  name: "sqrt",
  operands: ["x"],
  wgsl: "sqrt(a)",
  cpu: "elementwiseSqrt",
  gradient: [({ dy, output }) => sqrtGradient(dy, output)],
});

/** Element by element, √x; NaN below 0. float32, any shape. */
export function sqrt(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
