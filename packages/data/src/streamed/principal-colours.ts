/** @file The directions in which a set's colours vary most. */
import { DataError } from "../errors.ts";
import { symmetricEigen } from "../linear/symmetric-eigen.ts";
import type { Channels, Covariance } from "../statistics/moments.ts";

/** Eigenvalues and eigenvectors of colours of 0 to 1, the greatest first. */
export interface PrincipalColours {
  readonly values: Channels;
  /** A vector of length 1 a row: its red, green and blue. */
  readonly vectors: Covariance;
}

/**
 * Principal components of the colours of pixels.
 *
 * @param covariance of pixels of 0 to 255, as `meanRgb` finds it
 * @throws DataError where it is no symmetric matrix of finite numbers
 */
export async function principalColours(covariance: Covariance): Promise<PrincipalColours> {
  const flat = Float64Array.from(covariance.flat(), (value) => value / 255 ** 2);
  const even = flat.length === 9 && [1, 2, 5].every((i) => flat[i] === flat[3 * (i % 3) + Math.floor(i / 3)]);
  if (!even || !flat.every(Number.isFinite)) {
    throw new DataError("principalColours: covariance: expected a symmetric matrix of 3 × 3 finite numbers");
  }
  const { values, vectors } = await symmetricEigen(flat, 3);
  const order = [2, 1, 0];
  return {
    values: order.map((i) => Math.max(0, values[i]!)) as unknown as Channels,
    vectors: order.map((i) => [...vectors.subarray(3 * i, 3 * i + 3)]) as unknown as Covariance,
  };
}
