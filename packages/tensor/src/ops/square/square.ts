import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

const gradientOp = defineElementwise({
  name: "square gradient",
  operands: ["dy", "x"],
  wgsl: "(a + a) * b",
  cpu: "elementwiseSquareGradient",
  gradient: "none",
});

/** 2x·dy */
function squareGradient(dy: Tensor, x: Tensor): Tensor {
  return gradientOp([dy, x], noAlpha)[0]!;
}

const op = defineElementwise({
  name: "square",
  operands: ["x"],
  wgsl: "a * a",
  cpu: "elementwiseSquare",
  gradient: [({ dy, inputs }) => squareGradient(dy, inputs[0]!)],
});

/** Element by element, x². float32, any shape. */
export function square(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
