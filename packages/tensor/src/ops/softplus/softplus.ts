import type { Tensor } from "../../tensor.ts";
import { defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** dy·σ(x) */
const gradientOp = defineElementwise({
  name: "softplus gradient",
  operands: ["dy", "x"],
  wgsl: "a * sigmoid(b)",
  cpu: "elementwiseSoftplusGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "softplus",
  operands: ["x"],
  wgsl: "max(a, 0.0) + logOnePlus(exp(-abs(a)))",
  cpu: "elementwiseSoftplus",
  gradient: [({ dy, inputs: [x] }) => gradientOp([dy, x!], noAlpha)[0]!],
});

/**
 * Softplus, element by element: ln(1 + eˣ), computed as max(x, 0) + ln(1 + e^−|x|), which neither overflows for large x
 * nor vanishes early for small x. float32, any shape. Dugas et al., 2000 (NIPS 13).
 *
 * @throws DTypeError if x is not float32
 */
export function softplus(x: Tensor): Tensor {
  return op([x], noAlpha)[0]!;
}
