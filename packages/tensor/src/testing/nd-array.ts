/** @file The oracle's arrays: float64, row-major. */
import { broadcastShapes, type Shape, sizeOf, stridesOf } from "../shape.ts";

/** A float64 array with a shape: what references take and give. Integers are held exactly. */
export interface NdArray {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** An array of zeros, or of what `fill` gives for each flat index. */
export function ndArray(shape: Shape, fill: (index: number) => number = () => 0): NdArray {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => fill(i)) };
}

/** Coordinates of a flat index. */
export function coordinatesOf(index: number, shape: Shape): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(index / stride) % shape[axis]!);
}

/** Flat index of coordinates in `shape`, an axis of size 1 and missing leading axes being broadcast. */
export function broadcastIndex(coordinates: readonly number[], shape: Shape): number {
  const missing = coordinates.length - shape.length;
  return stridesOf(shape).reduce(
    (sum, stride, axis) => sum + (shape[axis] === 1 ? 0 : coordinates[axis + missing]! * stride),
    0,
  );
}

/** `f` of every element. */
export function mapArray(x: NdArray, f: (value: number, index: number) => number): NdArray {
  return { shape: x.shape, data: x.data.map(f) };
}

/** `f` of every pair of elements, by NumPy's broadcasting. */
export function mapPairs(a: NdArray, b: NdArray, f: (a: number, b: number) => number): NdArray {
  const shape = broadcastShapes("mapPairs", [a.shape, b.shape]);
  return ndArray(shape, (i) => {
    const coordinates = coordinatesOf(i, shape);
    return f(a.data[broadcastIndex(coordinates, a.shape)]!, b.data[broadcastIndex(coordinates, b.shape)]!);
  });
}

/** Sums what broadcasting stretched, back to `shape`: the gradient of broadcasting. */
export function sumToShape(x: NdArray, shape: Shape): NdArray {
  const result = ndArray(shape);
  x.data.forEach((value, i) => {
    result.data[broadcastIndex(coordinatesOf(i, x.shape), shape)]! += value;
  });
  return result;
}
