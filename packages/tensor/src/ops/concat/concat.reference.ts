/** @file Float64 oracle of concat. */
import { coordinatesOf, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Arrays one after the other along `axis`. */
export function concatReference(parts: readonly NdArray[], axis: number): NdArray {
  const length = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const y = ndArray(parts[0]!.shape.with(axis, length));
  visit(parts, axis, y, (part, from, to) => {
    y.data[to] = part.data[from]!;
  });
  return y;
}

/** Each array's part of dy. */
export function concatGradientReference(dy: NdArray, parts: readonly NdArray[], axis: number): NdArray[] {
  const gradients = parts.map(({ shape }) => ndArray(shape));
  visit(gradients, axis, dy, (part, from, to) => {
    part.data[from] = dy.data[to]!;
  });
  return gradients;
}

/** Calls back with each element's flat index in its part and in the whole. */
function visit(
  parts: readonly NdArray[],
  axis: number,
  whole: NdArray,
  each: (part: NdArray, from: number, to: number) => void,
): void {
  let start = 0;
  for (const part of parts) {
    part.data.forEach((_, from) => {
      const coordinates = coordinatesOf(from, part.shape);
      const to = coordinates.reduce(
        (index, at, other) => index * whole.shape[other]! + at + (other === axis ? start : 0),
        0,
      );
      each(part, from, to);
    });
    start += part.shape[axis]!;
  }
}
