/** @file Float64 oracle of the moving averages that batch normalisation keeps. */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** `target = momentum · target + (1 − momentum) · value`. */
export function movingAverageReference(target: NdArray, value: NdArray, momentum: number): NdArray {
  return mapArray(target, (old, i) => momentum * old + (1 - momentum) * value.data[i]!);
}
