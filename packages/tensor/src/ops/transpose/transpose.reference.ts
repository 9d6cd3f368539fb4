/** @file Float64 oracle of transpose. */
import { stridesOf } from "../../shape.ts";
import { coordinatesOf, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Axis i of the result is axis `permutation[i]` of x. Default: axes reversed. */
export function transposeReference(x: NdArray, permutation: readonly number[] = reversedAxes(x.shape.length)): NdArray {
  const strides = stridesOf(x.shape);
  const shape = permutation.map((axis) => x.shape[axis]!);
  return ndArray(shape, (i) => {
    const coordinates = coordinatesOf(i, shape);
    return x.data[permutation.reduce((index, axis, place) => index + coordinates[place]! * strides[axis]!, 0)]!;
  });
}

/** The inverse permutation of dy. */
export function transposeGradientReference(
  dy: NdArray,
  permutation: readonly number[] = reversedAxes(dy.shape.length),
): NdArray {
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  return transposeReference(dy, inverse);
}

function reversedAxes(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}
