/** @file Float64 oracle of countNonFinite. */
import type { NdArray } from "../../testing/nd-array.ts";

/** How many elements of all tensors are NaN or infinite. */
export function countNonFiniteReference(...tensors: readonly NdArray[]): NdArray {
  const count = tensors.reduce((total, { data }) => total + data.filter((value) => !Number.isFinite(value)).length, 0);
  return { shape: [], data: Float64Array.of(count) };
}
