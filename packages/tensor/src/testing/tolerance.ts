/**
 * @file How far float32 may be from float64, by the kind of arithmetic. Differences are taken relative to the greatest
 * magnitude in the oracle's tensor (or, where it says so, to each element), since sums that cancel are only as exact
 * as their terms are.
 */

/** Greatest difference allowed, as a fraction of the oracle's greatest magnitude. */
export interface Tolerance {
  readonly forward: number;
  readonly gradient: number;
  /** Whether outputs (not gradients) are compared with each element's own magnitude instead. Default: false. */
  readonly perElement?: boolean;
  /** Why this is as far as correct arithmetic may be off. */
  readonly reason: string;
}

/** Half the distance from 1 to the next float32: the relative error of one rounding. */
const roundoff = 2 ** -24;

export const exact: Tolerance = {
  forward: 0,
  gradient: 0,
  reason: "values are moved, chosen or negated, never computed",
};

export const arithmetic: Tolerance = {
  forward: 6e-7,
  gradient: 1e-6,
  perElement: true,
  reason: "one operation, and a few in a gradient; WGSL grants division 2.5 units in the last place, sqrt some 5",
};

export const transcendental: Tolerance = {
  forward: 2e-6,
  gradient: 2e-6,
  perElement: true,
  reason: "WGSL grants exp 3 + 2|x| units in the last place and log 3; arguments are at most 3, and at least 2",
};

export const defaultTolerance: Tolerance = {
  forward: 2e-6,
  gradient: 4e-6,
  reason: "up to some thirty roundings that do not compensate",
};

/**
 * For sums of `length` terms in an order that the device chooses. Partial sums grow like the result, so each addition's
 * rounding is relative to it and independent roundings add up like √length. Twice that, and two roundings more for what
 * goes before and after.
 */
export function summation(length: number): Tolerance {
  const bound = 2 * roundoff * (2 + Math.sqrt(length));
  return {
    forward: bound,
    gradient: bound,
    reason: `roundings of sums of ${length} terms, 2^-24 · √${length} to either side, twice over`,
  };
}
