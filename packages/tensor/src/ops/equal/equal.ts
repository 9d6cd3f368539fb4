import type { Tensor } from "../../tensor.ts";
import { applyBinary, defineElementwise } from "../elementwise/elementwise.ts";

const op = defineElementwise({
  name: "equal",
  operands: ["a", "b"],
  wgsl: "select(0.0, 1.0, a == b)",
  cpu: "elementwiseEqual",
  gradient: "none",
});

/**
 * Element by element, 1 where a = b, else 0, with NumPy's broadcasting. float32, as is the result; not differentiable.
 *
 * @param a a tensor, or a number beside a tensor
 * @param b a tensor, or a number beside a tensor
 * @returns the broadcast shape
 * @throws ShapeError if the shapes do not broadcast; ArgumentError if both are numbers; DTypeError if one is not float32
 */
export function equal(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(op, "equal", a, b);
}
