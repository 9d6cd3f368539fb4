/** @file Float64 oracle of pad. */
import { stridesOf } from "../../shape.ts";
import { coordinatesOf, type NdArray, ndArray } from "../../testing/nd-array.ts";

type Padding = readonly (readonly [before: number, after: number])[];

/** x with `value` around it. */
export function padReference(x: NdArray, padding: Padding, value = 0): NdArray {
  const shape = x.shape.map((size, axis) => padding[axis]![0] + size + padding[axis]![1]);
  const y = ndArray(shape, () => value);
  x.data.forEach((element, i) => {
    y.data[targetOf(i, x.shape, shape, padding)] = element;
  });
  return y;
}

/** dy where x is. */
export function padGradientReference(dy: NdArray, x: NdArray, padding: Padding): NdArray {
  return ndArray(x.shape, (i) => dy.data[targetOf(i, x.shape, dy.shape, padding)]!);
}

/** Flat index in the result of x's element i. */
function targetOf(i: number, from: readonly number[], to: readonly number[], padding: Padding): number {
  const strides = stridesOf(to);
  return coordinatesOf(i, from).reduce((sum, at, axis) => sum + (at + padding[axis]![0]) * strides[axis]!, 0);
}
