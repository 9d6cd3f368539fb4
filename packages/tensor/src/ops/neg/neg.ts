import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

const op = defineElementwise({
  name: "neg",
  operands: ["x"],
  wgsl: "-a",
  cpu: "elementwiseNeg",
  gradient: [({ dy }) => neg(dy)],
});

/** Element by element, −x. float32, any shape. */
export function neg(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
