/** @file Float64 oracle of sumOfSquares. */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** `y = Σₜ Σᵢ xₜ[i]²`. */
export function sumOfSquaresReference(...tensors: readonly NdArray[]): NdArray {
  const sum = tensors.reduce((total, { data }) => total + data.reduce((part, value) => part + value * value, 0), 0);
  return { shape: [], data: Float64Array.of(sum) };
}

/** `dxₜ = 2 · xₜ · dy`. */
export function sumOfSquaresGradient(dy: NdArray, ...tensors: readonly NdArray[]): NdArray[] {
  return tensors.map((x) => mapArray(x, (value) => 2 * value * dy.data[0]!));
}
