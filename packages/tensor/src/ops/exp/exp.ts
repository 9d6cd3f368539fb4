import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";
import { mul } from "../mul/mul.ts";

const op = defineElementwise({
  name: "exp",
  operands: ["x"],
  wgsl: "exp(a)",
  cpu: "elementwiseExp",
  gradient: [({ dy, output }) => mul(dy, output)],
});

/** Element by element, eˣ. float32, any shape. */
export function exp(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
