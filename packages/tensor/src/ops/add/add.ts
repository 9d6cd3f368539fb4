import type { Tensor } from "../../tensor.ts";
import { applyBinary, defineElementwise } from "../elementwise/elementwise.ts";

const op = defineElementwise({
  name: "add",
  operands: ["a", "b"],
  wgsl: "a + b",
  cpu: "elementwiseAdd",
  gradient: [({ dy }) => dy, ({ dy }) => dy],
});

/**
 * Element by element, `a + b`, with NumPy's broadcasting. float32.
 *
 * @param a a tensor, or a number beside a tensor
 * @param b a tensor, or a number beside a tensor
 * @returns the broadcast shape
 * @throws ShapeError if the shapes do not broadcast; ArgumentError if both are numbers; DTypeError if one is not float32
 */
export function add(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(op, "add", a, b);
}
