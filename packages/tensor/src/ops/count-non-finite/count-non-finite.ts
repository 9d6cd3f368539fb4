import { ArgumentError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { countNonFiniteCpu } from "./count-non-finite.cpu.ts";
import { countNonFiniteWebgpu } from "./count-non-finite.webgpu.ts";

/** The op has no attributes. */
export type CountNonFiniteAttributes = Record<never, never>;

const op = defineOp<CountNonFiniteAttributes>({
  name: "countNonFinite",
  shape(inputs) {
    inputs.forEach((input, i) => {
      checkDType("countNonFinite", `tensor ${i}`, input, "float32");
    });
    return [{ shape: [], dtype: "float32" }];
  },
  gradient: "none",
  webgpu: countNonFiniteWebgpu,
  cpu: countNonFiniteCpu,
});

/**
 * How many elements of all tensors are NaN or infinite, by their bits: WGSL may compute as if there were no such values.
 * A float32 scalar, exact up to 2²⁴, and 0 only if there are none. Not differentiable.
 *
 * @param tensors float32, of any shapes; at least one
 * @throws ArgumentError if there is no tensor
 * @throws DTypeError if a tensor is not float32
 * @throws DeviceError if they are not on one device
 */
export function countNonFinite(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 0) throw new ArgumentError("countNonFinite: expected at least one tensor");
  return op(tensors, {})[0]!;
}
