/** @file Float64 oracle of gather. */
import { type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Entries along `axis` by number, zeros for those that x does not have. */
export function gatherReference(x: NdArray, indices: NdArray, axis: number): NdArray {
  const y = ndArray([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
  visit(x, indices, axis, (from, to) => {
    y.data[to] = x.data[from]!;
  });
  return y;
}

/** Every dy goes to the element that was looked up. */
export function gatherGradientReference(dy: NdArray, x: NdArray, indices: NdArray, axis: number): NdArray {
  const dx = ndArray(x.shape);
  visit(x, indices, axis, (from, to) => {
    dx.data[from]! += dy.data[to]!;
  });
  return dx;
}

/** Calls back with the flat indices in x and y of every element that was looked up. */
function visit(x: NdArray, indices: NdArray, axis: number, each: (from: number, to: number) => void): void {
  const product = (sizes: readonly number[]) => sizes.reduce((result, size) => result * size, 1);
  const length = x.shape[axis]!;
  const inner = product(x.shape.slice(axis + 1));
  for (let outer = 0; outer < product(x.shape.slice(0, axis)); outer++) {
    indices.data.forEach((index, j) => {
      if (index < 0 || index >= length) return;
      for (let i = 0; i < inner; i++) {
        each((outer * length + index) * inner + i, (outer * indices.data.length + j) * inner + i);
      }
    });
  }
}
