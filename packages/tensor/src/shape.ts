/** @file Shapes and dtypes: pure functions, no device. */
import { ShapeError } from "./errors.ts";

/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** float32 for values, int32 for labels and indices, uint8 for images as they are stored. */
export type DType = "float32" | "int32" | "uint8";

/** Shape and dtype of a tensor, without its memory. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Bytes of one element. */
const itemSize = { float32: 4, int32: 4, uint8: 1 } as const satisfies Record<DType, number>;

/** Number of elements: the product of the sizes. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes that a tensor of this shape and dtype takes. */
export function byteLengthOf({ shape, dtype }: TensorSpec): number {
  return sizeOf(shape) * itemSize[dtype];
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** `[32, 64]`: how shapes are written in errors. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The shape that NumPy's rules give: aligned at the last axis, a size of 1 stretches. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let result = 1;
    for (const shape of shapes) {
      const size = shape[shape.length - rank + axis] ?? 1;
      if (size === 1 || size === result) continue;
      if (result !== 1) {
        throw new ShapeError(
          `${op}: shapes do not broadcast: ${shapes.map(formatShape).join(" and ")} (${result} ≠ ${size} on axis ${axis - rank})`,
        );
      }
      result = size;
    }
    return result;
  });
}

/** Axes of `result` along which an operand of `shape` was stretched (or which it lacks). */
export function broadcastAxes(shape: Shape, result: Shape): number[] {
  const missing = result.length - shape.length;
  return result.flatMap((size, axis) => (axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : []));
}

/** Resolves negative axes, checks range and repeats, and sorts. `undefined` means every axis. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const resolved = (typeof axes === "number" ? [axes] : axes).map((axis) => {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
      throw new ShapeError(`${op}: axis ${axis} is out of range for a tensor of rank ${rank}`);
    }
    return axis < 0 ? axis + rank : axis;
  });
  if (new Set(resolved).size !== resolved.length) throw new ShapeError(`${op}: axes repeat: [${resolved.join(", ")}]`);
  return resolved.sort((a, b) => a - b);
}

/** Checks that every size is a whole number of at least 0, and the product an index that kernels can count. */
export function checkShape(op: string, shape: Shape): void {
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError(`${op}: sizes must be whole numbers of at least 0, got ${formatShape(shape)}`);
  }
  if (sizeOf(shape) > 2 ** 31 - 1) {
    throw new ShapeError(`${op}: ${formatShape(shape)} has more than 2^31 - 1 elements, the most a tensor may have`);
  }
}
