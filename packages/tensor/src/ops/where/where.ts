import type { Tensor } from "../../tensor.ts";
import { applyNumbers, defineElementwise, noAlpha } from "../elementwise/elementwise.ts";

/** dy where the condition is not 0 */
const gradientA = defineElementwise({
  name: "where gradient of a",
  operands: ["dy", "condition"],
  wgsl: "select(0.0, a, b != 0.0)",
  cpu: "elementwiseWhereGradientA",
  gradient: "none",
});

/** dy where the condition is 0 */
const gradientB = defineElementwise({
  name: "where gradient of b",
  operands: ["dy", "condition"],
  wgsl: "select(0.0, a, b == 0.0)",
  cpu: "elementwiseWhereGradientB",
  gradient: "none",
});

const op = defineElementwise({
  name: "where",
  operands: ["condition", "a", "b"],
  wgsl: "select(c, b, a != 0.0)",
  cpu: "elementwiseWhere",
  gradient: [
    null,
    ({ dy, inputs: [condition] }) => gradientA([dy, condition!], noAlpha)[0]!,
    ({ dy, inputs: [condition] }) => gradientB([dy, condition!], noAlpha)[0]!,
  ],
});

/**
 * Element by element, `a` where `condition` is not 0, else `b`, with NumPy's broadcasting of all three. What is not
 * chosen may be NaN or infinite; it leaves no trace in the result. No gradient flows to the condition.
 *
 * @param condition float32, 0 for false, as `greater` and the other comparisons give it
 * @param a a float32 tensor or a number
 * @param b a float32 tensor or a number
 * @returns the broadcast shape
 * @throws ShapeError if the shapes do not broadcast; DTypeError if an operand is not float32
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  return applyNumbers(op, condition.device, [condition, a, b]);
}
