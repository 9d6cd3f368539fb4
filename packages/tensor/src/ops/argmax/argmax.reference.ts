/** @file Float64 oracle of argmax. */
import { type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Index of the greatest value along an axis, the first of equals. */
export function argmaxReference(x: NdArray, axis = -1): NdArray {
  const resolved = axis < 0 ? axis + x.shape.length : axis;
  const size = x.shape[resolved]!;
  const inner = x.shape.slice(resolved + 1).reduce((product, length) => product * length, 1);
  const shape = x.shape.filter((_, i) => i !== resolved);
  return ndArray(shape, (i) => {
    const start = Math.floor(i / inner) * size * inner + (i % inner);
    let winner = 0;
    for (let k = 1; k < size; k++) {
      if (x.data[start + k * inner]! > x.data[start + winner * inner]!) winner = k;
    }
    return winner;
  });
}
