import { ShapeError } from "../../errors.ts";
import { formatShape, normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { argmaxCpu } from "./argmax.cpu.ts";
import { argmaxWebgpu } from "./argmax.webgpu.ts";

/** The axis, counted from the first. */
export interface ArgmaxAttributes {
  readonly axis: number;
}

const op = defineOp<ArgmaxAttributes>({
  name: "argmax",
  shape([x], { axis }) {
    checkDType("argmax", "x", x!, "float32");
    if (x!.shape[axis] === 0) {
      throw new ShapeError(`argmax: expected values along axis ${axis}, got x of ${formatShape(x!.shape)}`);
    }
    return [{ shape: x!.shape.filter((_, other) => other !== axis), dtype: "int32" }];
  },
  gradient: "none",
  webgpu: argmaxWebgpu,
  cpu: argmaxCpu,
});

/**
 * Index of the greatest value along an axis; of equal ones the first (-0 and 0 are equal). A NaN is greater than any
 * number. x is float32 of rank at least 1; not differentiable.
 *
 * @param options.axis negative ones are counted from the last; default -1
 * @returns int32, x's shape without the axis
 * @throws ShapeError if the axis is out of range or has no values
 * @throws DTypeError if x is not float32
 */
export function argmax(x: Tensor, { axis = -1 }: { axis?: number } = {}): Tensor {
  const [resolved] = normalizeAxes("argmax", axis, x.rank);
  return op([x], { axis: resolved! })[0]!;
}

/** x as [outer, size, inner] around the axis. */
export function argmaxSizes(shape: Shape, axis: number): { outer: number; size: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), size: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
