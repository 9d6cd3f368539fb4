/** @file Float64 oracle of the clipping of gradients, as PyTorch's `clip_grad_norm_` and `clip_grad_value_`. */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";
import { sumOfSquaresReference } from "../sum-of-squares/sum-of-squares.reference.ts";

/** `g · min(1, maxNorm / (norm + 1e-6))`, and the norm. */
export function clipGradientNormReference(
  gradients: readonly NdArray[],
  maxNorm: number,
): { clipped: NdArray[]; norm: number } {
  const norm = Math.sqrt(sumOfSquaresReference(...gradients).data[0]!);
  const factor = Math.min(1, maxNorm / (norm + 1e-6));
  return { clipped: gradients.map((gradient) => mapArray(gradient, (value) => value * factor)), norm };
}

/** `g` cut to `[−limit, limit]`. */
export function clipGradientValueReference(gradient: NdArray, limit: number): NdArray {
  return mapArray(gradient, (value) => Math.min(limit, Math.max(-limit, value)));
}
