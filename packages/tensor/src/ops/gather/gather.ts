import { DTypeError, ShapeError } from "../../errors.ts";
import { checkShape, formatShape, normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { gatherCpu, gatherGradientCpu } from "./gather.cpu.ts";
import { gatherGradientWebgpu, gatherWebgpu } from "./gather.webgpu.ts";

/** x as [outer, length, inner] around the axis, of which `count` entries are looked up. */
export interface GatherSizes {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly count: number;
}

/** The axis along which entries are looked up, at least 0, and x's shape. */
export interface GatherAttributes {
  readonly axis: number;
  readonly shape: Shape;
  readonly sizes: GatherSizes;
}

const op = defineOp<GatherAttributes>({
  name: "gather",
  shape([x, indices], { axis }) {
    if (x!.dtype === "uint8") throw new DTypeError("gather: x must be float32 or int32, got uint8");
    checkDType("gather", "indices", indices!, "int32");
    const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
    checkShape("gather", shape);
    return [{ shape, dtype: x!.dtype }];
  },
  gradient: ({ inputs: [, indices], attributes }, [dy]) => [gradientOp([dy!, indices!], attributes)[0]!, null],
  webgpu: gatherWebgpu,
  cpu: gatherCpu,
});

/** dx from [dy, indices]: an entry sums over the places that it was put. */
const gradientOp = defineOp<GatherAttributes>({
  name: "gatherGradient",
  shape: (_, { shape }) => [{ shape, dtype: "float32" }],
  gradient: "none",
  webgpu: gatherGradientWebgpu,
  cpu: gatherGradientCpu,
});

/**
 * Entries of x along an axis, by number: `y[…, j…, …] = x[…, indices[j…], …]`. As TensorFlow's `gather`; with axis 0, a
 * table of embeddings. An index outside of 0 … length − 1 gives zeros on every device, without an error, as
 * TensorFlow's does on a GPU, and takes no part in the gradient.
 *
 * The gradient of x sums dy over equal indices, in the indices' row-major order: the same bits every time. On WebGPU
 * the indices are sorted first, in O(n log² n), and every entry then sums its own.
 *
 * @param x float32 or int32, of rank at least 1; only float32 has a gradient
 * @param indices int32, any shape
 * @param options.axis negative ones are counted from the last; default 0
 * @returns of x's dtype, x's shape with the indices' shape in place of the axis
 * @throws ShapeError if x is a scalar or the axis is out of range
 * @throws DTypeError if x is uint8 or indices is not int32
 */
export function gather(x: Tensor, indices: Tensor, { axis = 0 }: { axis?: number } = {}): Tensor {
  if (x.rank === 0) throw new ShapeError(`gather: x must have at least one axis, got ${formatShape(x.shape)}`);
  const [resolved] = normalizeAxes("gather", axis, x.rank) as [number];
  const { shape } = x;
  const [outer, inner] = [sizeOf(shape.slice(0, resolved)), sizeOf(shape.slice(resolved + 1))];
  const sizes = { outer, length: shape[resolved]!, inner, count: indices.size };
  return op([x, indices], { axis: resolved, shape, sizes })[0]!;
}
