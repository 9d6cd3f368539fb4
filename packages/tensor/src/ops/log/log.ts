import type { Tensor } from "../../tensor.ts";
import { div } from "../div/div.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

const op = defineElementwise({
  name: "log",
  operands: ["x"],
  wgsl: "log(a)",
  cpu: "elementwiseLog",
  gradient: [({ dy, inputs: [x] }) => div(dy, x!)],
});

/** Element by element, ln x, the natural logarithm; −∞ at 0, NaN below. float32, any shape. */
export function log(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
