import { ArgumentError, ShapeError } from "../../errors.ts";
import { checkShape, formatShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { defineOp } from "../op.ts";
import { checkBoxed } from "../slice/box.ts";
import { sliceCpu } from "../slice/slice.cpu.ts";
import type { SliceAttributes } from "../slice/slice.ts";
import { sliceWebgpu } from "../slice/slice.webgpu.ts";
import { padCpu } from "./pad.cpu.ts";
import { padWebgpu } from "./pad.webgpu.ts";

/** How many elements are put in front of each axis and behind it, and which. */
export interface PadAttributes {
  readonly padding: readonly (readonly [before: number, after: number])[];
  readonly value: number;
}

const op = defineOp<PadAttributes>({
  name: "pad",
  shape([x], { padding }) {
    const shape = x!.shape.map((size, axis) => padding[axis]![0] + size + padding[axis]![1]);
    checkShape("pad", shape);
    return [{ shape, dtype: x!.dtype }];
  },
  gradient: ({ inputs: [x], attributes: { padding } }, [dy]) =>
    gradientOp([dy!], { begin: padding.map(([before]) => before), size: x!.shape }),
  webgpu: padWebgpu,
  cpu: padCpu,
});

/** The part of dy that is x's. */
const gradientOp = defineOp<SliceAttributes>({
  name: "padGradient",
  shape: ([dy], { size }) => [{ shape: size, dtype: dy!.dtype }],
  gradient: "none",
  webgpu: sliceWebgpu,
  cpu: sliceCpu,
});

/**
 * Puts a constant around x: `y[i + before] = x[i]`, and `value` elsewhere. As TensorFlow's `pad` in its mode
 * `CONSTANT`. float32 or int32, of at most 6 axes; values are copied as they are. The gradient is the part of dy that
 * is x's.
 *
 * @param padding `[before, after]` for each axis, whole numbers of at least 0
 * @param options.value what is put around; default 0; rounded to float32 if x is
 * @returns x's dtype; each axis has before + size + after elements
 * @throws ShapeError if `padding` does not name each axis, or x has more than 6 axes
 * @throws ArgumentError if an amount is not a whole number of at least 0, or value is not int32 where x is
 * @throws DTypeError if x is uint8
 */
export function pad(
  x: Tensor,
  padding: readonly (readonly [before: number, after: number])[],
  { value = 0 }: { value?: number } = {},
): Tensor {
  checkBoxed("pad", x);
  if (padding.length !== x.rank) {
    throw new ShapeError(
      `pad: padding must be [before, after] for each of x's ${x.rank} axes, got ${padding.length} for x of ${formatShape(x.shape)}`,
    );
  }
  const wrong = padding.findIndex((amounts) => amounts.some((amount) => !Number.isInteger(amount) || amount < 0));
  if (wrong >= 0) {
    const amounts = formatShape(padding[wrong]!);
    throw new ArgumentError(`pad: padding must be whole numbers of at least 0, got ${amounts} along axis ${wrong}`);
  }
  if (x.dtype === "int32" && (value | 0) !== value) {
    throw new ArgumentError(`pad: value must be an int32, as x is, got ${value}`);
  }
  return op([x], { padding, value })[0]!;
}
