/** @file The oracle: float32 values are NaN or infinite where float64 says so. */

/** How many values of all tensors are NaN or infinite. */
export function countNonFiniteReference(tensors: readonly ArrayLike<number>[]): number {
  return tensors.reduce((sum, values) => sum + Array.from(values).filter((value) => !Number.isFinite(value)).length, 0);
}
