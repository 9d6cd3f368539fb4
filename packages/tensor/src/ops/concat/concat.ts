import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { checkShape, formatShape, normalizeAxes, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { defineOp } from "../op.ts";
import { checkBoxed } from "../slice/box.ts";
import { slice } from "../slice/slice.ts";
import { concatCpu } from "./concat.cpu.ts";
import { concatWebgpu } from "./concat.webgpu.ts";

/** The axis along which tensors follow one another, at least 0. */
export interface ConcatAttributes {
  readonly axis: number;
}

const op = defineOp<ConcatAttributes>({
  name: "concat",
  shape(inputs, { axis }) {
    const first = inputs[0]!;
    for (const input of inputs) checkPart(first, input, axis);
    const length = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const shape = first.shape.with(axis, length);
    checkShape("concat", shape);
    return [{ shape, dtype: first.dtype }];
  },
  gradient({ inputs, attributes: { axis }, needs }, [dy]) {
    let start = 0;
    return inputs.map(({ shape }, i) => {
      const begin = shape.map((_, other) => (other === axis ? start : 0));
      start += shape[axis]!;
      return needs[i] ? slice(dy!, { begin, size: shape }) : null;
    });
  },
  webgpu: concatWebgpu,
  cpu: concatCpu,
});

/**
 * Tensors one after the other along an axis, as TensorFlow's `concat`. A copy; float32 or int32, of at most 6 axes.
 * The gradient of each is its part of dy.
 *
 * @param tensors at least one; all of one dtype, and of one shape but for `axis`
 * @param axis negative ones are counted from the last
 * @returns their dtype and shape, with as many elements along `axis` as all of them together
 * @throws ShapeError if shapes differ elsewhere than along `axis`, `axis` is out of range, or there are more than 6 axes
 * @throws DTypeError if dtypes differ or are uint8
 * @throws ArgumentError if there is no tensor
 */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (!first) throw new ArgumentError("concat: expected at least one tensor");
  const [resolved] = normalizeAxes("concat", axis, first.rank);
  return op(tensors, { axis: resolved! })[0]!;
}

function checkPart(first: TensorSpec, part: TensorSpec, axis: number): void {
  checkBoxed("concat", part);
  if (part.dtype !== first.dtype) {
    throw new DTypeError(`concat: tensors must be of one dtype, got ${first.dtype} and ${part.dtype}`);
  }
  const { length } = first.shape;
  const fits = part.shape.length === length && part.shape.every((size, i) => i === axis || size === first.shape[i]);
  if (!fits) {
    throw new ShapeError(
      `concat: shapes must be equal but for axis ${axis}, got ${formatShape(first.shape)} and ${formatShape(part.shape)}`,
    );
  }
}
