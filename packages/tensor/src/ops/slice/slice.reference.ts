/** @file Float64 oracle of slice. */
import { type Shape, stridesOf } from "../../shape.ts";
import { coordinatesOf, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** The box of `size` that begins at `begin`. */
export function sliceReference(x: NdArray, begin: readonly number[], size: Shape): NdArray {
  return ndArray(size, (i) => x.data[sourceOf(i, x.shape, begin, size)]!);
}

/** dy in the box, zeros around it. */
export function sliceGradientReference(dy: NdArray, x: NdArray, begin: readonly number[]): NdArray {
  const dx = ndArray(x.shape);
  dy.data.forEach((value, i) => {
    dx.data[sourceOf(i, x.shape, begin, dy.shape)] = value;
  });
  return dx;
}

/** Flat index in x of the box's element i. */
function sourceOf(i: number, whole: Shape, begin: readonly number[], size: Shape): number {
  const strides = stridesOf(whole);
  return coordinatesOf(i, size).reduce((sum, at, axis) => sum + (at + begin[axis]!) * strides[axis]!, 0);
}
