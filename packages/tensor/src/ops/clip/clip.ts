import { ArgumentError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { applyNumbers, defineElementwise, noAlpha } from "../elementwise/elementwise.ts";
import { maximum } from "../maximum/maximum.ts";
import { minimum } from "../minimum/minimum.ts";

/** dy where y = x, which is where x lies within the bounds */
const gradientOp = defineElementwise({
  name: "clip gradient",
  operands: ["dy", "x", "y"],
  wgsl: "select(0.0, a, b == c)",
  cpu: "elementwiseClipGradient",
  gradient: "none",
});

const op = defineElementwise({
  name: "clip",
  operands: ["x", "min", "max"],
  wgsl: "min(max(a, b), c)",
  cpu: "elementwiseClip",
  gradient: [({ dy, inputs: [x], output }) => gradientOp([dy, x!, output], noAlpha)[0]!, null, null],
});

/**
 * Element by element, x held between two bounds: min(max(x, min), max). The gradient passes where min ≤ x ≤ max, bounds
 * included. float32, any shape.
 *
 * @param bounds.min default: no bound below
 * @param bounds.max default: no bound above
 * @throws ArgumentError if neither bound is given, one is NaN, or min > max; DTypeError if x is not float32
 */
export function clip(x: Tensor, { min, max }: { min?: number; max?: number }): Tensor {
  if (min === undefined && max === undefined) throw new ArgumentError("clip: expected min, max or both, got neither");
  if (Number.isNaN(min) || Number.isNaN(max)) {
    throw new ArgumentError(`clip: bounds must be numbers, got min ${min} and max ${max}`);
  }
  if (max === undefined) return maximum(x, min!);
  if (min === undefined) return minimum(x, max);
  if (min > max) throw new ArgumentError(`clip: min must be at most max, got min ${min} and max ${max}`);
  return applyNumbers(op, x.device, [x, min, max]);
}
