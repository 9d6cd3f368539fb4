import { ShapeError } from "../../errors.ts";
import { formatShape, type Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { defineOp } from "../op.ts";
import { pad } from "../pad/pad.ts";
import { checkBoxed } from "./box.ts";
import { sliceCpu } from "./slice.cpu.ts";
import { sliceWebgpu } from "./slice.webgpu.ts";

/** Which box of x: its first coordinates and its sizes. */
export interface SliceAttributes {
  readonly begin: readonly number[];
  readonly size: Shape;
}

const op = defineOp<SliceAttributes>({
  name: "slice",
  shape: ([x], { size }) => [{ shape: size, dtype: x!.dtype }],
  gradient: ({ inputs: [x], attributes: { begin, size } }, [dy]) => [
    pad(
      dy!,
      x!.shape.map((whole, axis) => [begin[axis]!, whole - begin[axis]! - size[axis]!]),
    ),
  ],
  webgpu: sliceWebgpu,
  cpu: sliceCpu,
});

/**
 * A box of x: `y[i] = x[begin + i]` for `i < size`. As TensorFlow's `slice`. A copy; float32 or int32, of at most 6
 * axes. The gradient is dy with zeros around it.
 *
 * @param options.begin the box's first coordinate along each axis, at least 0
 * @param options.size its elements along each axis; 0 gives an empty tensor
 * @returns x's dtype, of shape `size`
 * @throws ShapeError if `begin` or `size` does not name each axis, the box reaches beyond x, or x has more than 6 axes
 * @throws DTypeError if x is uint8
 */
export function slice(x: Tensor, { begin, size }: { begin: readonly number[]; size: readonly number[] }): Tensor {
  checkBoxed("slice", x);
  const whole = [...begin, ...size].every((value) => Number.isInteger(value) && value >= 0);
  const complete = begin.length === x.rank && size.length === x.rank;
  if (!whole || !complete || x.shape.some((length, axis) => begin[axis]! + size[axis]! > length)) {
    const box = `begin ${formatShape(begin)} and size ${formatShape(size)}`;
    throw new ShapeError(`slice: expected a box inside of x, which is ${formatShape(x.shape)}, got ${box}`);
  }
  return op([x], { begin, size })[0]!;
}
