import type { Tensor } from "../../tensor.ts";
import { applyBinary, defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** −dy·y / b */
const divisorGradient = defineElementwise({
  name: "div gradient",
  operands: ["dy", "y", "b"],
  wgsl: "-(a * b) / c",
  cpu: "elementwiseDivGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "div",
  operands: ["a", "b"],
  wgsl: "a / b",
  cpu: "elementwiseDiv",
  gradient: [
    ({ dy, inputs }) => div(dy, inputs[1]!),
    ({ dy, output, inputs }) => divisorGradient([dy, output, inputs[1]!], noAlpha)[0]!,
  ],
});

/**
 * Element by element, `a / b`, with NumPy's broadcasting. float32; dividing by 0 gives infinity or NaN.
 *
 * @param a a tensor, or a number beside a tensor
 * @param b a tensor, or a number beside a tensor
 * @returns the broadcast shape
 * @throws ShapeError if the shapes do not broadcast; ArgumentError if both are numbers; DTypeError if one is not float32
 */
export function div(a: Tensor | number, b: Tensor | number): Tensor {
  return applyBinary(op, "div", a, b);
}
