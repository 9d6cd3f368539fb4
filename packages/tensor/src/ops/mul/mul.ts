import type { Tensor } from "../../tensor.ts";
import { applyBinary, defineElementwise } from "../elementwise/elementwise.ts";

const op = defineElementwise({
  name: "mul",
  operands: ["a", "b"],
  wgsl: "a * b",
  cpu: "elementwiseMul",
  gradient: [({ dy, inputs }) => mul(dy, inputs[1]!), ({ dy, inputs }) => mul(dy, inputs[0]!)],
});

/**
 * Element by element, `a * b`, with NumPy's broadcasting. float32.
 *
 * @param a a tensor, or a number beside a tensor
 * @param b a tensor, or a number beside a tensor
 * @returns the broadcast shape
 * @throws ShapeError if the shapes do not broadcast; ArgumentError if both are numbers; DTypeError if one is not float32
 */
export function mul(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(op, "mul", a, b);
}
