/** @file Float64 oracle of oneHot. */
import { type NdArray, ndArray } from "../../testing/nd-array.ts";

/** A one at each label's place, if it has one. */
export function oneHotReference(labels: NdArray, depth: number): NdArray {
  const y = ndArray([...labels.shape, depth]);
  labels.data.forEach((label, i) => {
    if (label >= 0 && label < depth) y.data[i * depth + label] = 1;
  });
  return y;
}
