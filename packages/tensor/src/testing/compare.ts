/** @file Compares a device's values with the oracle's. */
import { TesseraError } from "../errors.ts";
import { formatShape } from "../shape.ts";
import { coordinatesOf, type NdArray } from "./nd-array.ts";

/** Values that differ from what they should be by more than the tolerance. */
export class MismatchError extends TesseraError {
  override readonly name: string = "MismatchError";
}

/** What is compared, and how closely it has to agree. */
export interface Comparison {
  /** Names the case and the tensor in the error. */
  readonly what: string;
  readonly tolerance: number;
  /** Relative to each element's own magnitude, not to the greatest of the tensor. */
  readonly perElement?: boolean;
}

/** Magnitudes below this count as zero, so that a tensor of zeros asks for differences no smaller than float32 has. */
const tiny = 1e-30;

/**
 * Checks `|actual − expected| ≤ tolerance · scale` everywhere, the scale being the greatest magnitude in `expected`.
 * Infinities have to agree, and NaN is never close to anything.
 *
 * @throws MismatchError that names the worst element's index, what was expected and what came
 */
export function checkClose(actual: ArrayLike<number>, expected: NdArray, comparison: Comparison): void {
  const { what, tolerance, perElement = false } = comparison;
  if (actual.length !== expected.data.length) {
    const size = `${expected.data.length} values ${formatShape(expected.shape)}`;
    throw new MismatchError(`${what}: expected ${size}, got ${actual.length}`);
  }
  const greatest = expected.data.filter(Number.isFinite).reduce((max, value) => Math.max(max, Math.abs(value)), tiny);
  let worst = { excess: 1, index: -1, scale: greatest };
  expected.data.forEach((value, index) => {
    const scale = perElement ? Math.max(tiny, Math.abs(value)) : greatest;
    const excess = excessOf(actual[index]!, value, tolerance * scale);
    if (excess > worst.excess) worst = { excess, index, scale };
  });
  if (worst.index < 0) return;
  const [want, got] = [expected.data[worst.index]!, actual[worst.index]!];
  const place = formatShape(coordinatesOf(worst.index, expected.shape));
  const difference = Math.abs(got - want).toExponential(2);
  throw new MismatchError(
    `${what} at ${place}: expected ${want}, got ${got} (difference ${difference} > ${tolerance.toExponential(1)} × ${worst.scale.toPrecision(3)})`,
  );
}

/** The difference as a multiple of what is allowed: at most 1 is close enough. */
function excessOf(actual: number, expected: number, allowed: number): number {
  if (actual === expected) return 0;
  const difference = Math.abs(actual - expected);
  return Number.isFinite(difference) ? difference / allowed : Number.POSITIVE_INFINITY;
}
