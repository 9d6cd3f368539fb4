import type { Tensor } from "../../tensor.ts";
import { applyBinary, defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** dy where a ≥ b */
const gradientA = defineElementwise({
  name: "maximum gradient of a",
  operands: ["dy", "a", "b"],
  wgsl: "select(0.0, a, b >= c)",
  cpu: "elementwiseMaximumGradientA",
  gradient: "none",
});

/** dy where a < b */
const gradientB = defineElementwise({
  name: "maximum gradient of b",
  operands: ["dy", "a", "b"],
  wgsl: "select(0.0, a, b < c)",
  cpu: "elementwiseMaximumGradientB",
  gradient: "none",
});

const op = defineElementwise({
  name: "maximum",
  operands: ["a", "b"],
  wgsl: "max(a, b)",
  cpu: "elementwiseMaximum",
  gradient: [
    ({ dy, inputs: [a, b] }) => gradientA([dy, a!, b!], noAlpha)[0]!,
    ({ dy, inputs: [a, b] }) => gradientB([dy, a!, b!], noAlpha)[0]!,
  ],
});

/**
 * Element by element, the greater of `a` and `b`, with NumPy's broadcasting. float32. Where they are equal the whole
 * gradient goes to `a`.
 *
 * @param a a tensor, or a number beside a tensor
 * @param b a tensor, or a number beside a tensor
 * @returns the broadcast shape
 * @throws ShapeError if the shapes do not broadcast; ArgumentError if both are numbers; DTypeError if one is not float32
 */
export function maximum(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(op, "maximum", a, b);
}
