/**
 * @file Schedules: what a value should be at a position of training. All are pure functions, so a run that is resumed
 * at a position goes on as if it had not stopped.
 */
import { ArgumentError } from "@tessera/tensor";

/**
 * A value at a position of training, counted from 0 in whatever unit its user counts in: epochs, or iterations (steps
 * of the optimizer). Positions between two whole ones are allowed.
 */
export type Schedule = (position: number) => number;

/** Always the same value. */
export function constant(value: number): Schedule {
  return () => value;
}

/** Options of {@link stepDecay}. */
export interface StepDecayOptions {
  /** Value at position 0. */
  readonly initial: number;
  /** What the value is multiplied by. Default: 0.1. */
  readonly factor?: number;
  /** Positions from one drop to the next, greater than 0. */
  readonly every: number;
}

/** `initial · factor^⌊position / every⌋`: PyTorch's `StepLR`. */
export function stepDecay({ initial, factor = 0.1, every }: StepDecayOptions): Schedule {
  checkPositive("stepDecay", "every", every);
  return (position) => initial * factor ** Math.floor(position / every);
}

/** Options of {@link multiStepDecay}. */
export interface MultiStepDecayOptions {
  /** Value at position 0. */
  readonly initial: number;
  /** What the value is multiplied by at each milestone. Default: 0.1. */
  readonly factor?: number;
  /** Positions at which it drops, in order. */
  readonly milestones: readonly number[];
}

/** `initial · factor^n`, n being the number of milestones at or before the position: PyTorch's `MultiStepLR`. */
export function multiStepDecay({ initial, factor = 0.1, milestones }: MultiStepDecayOptions): Schedule {
  checkOrder("multiStepDecay", "milestones", milestones);
  return (position) => initial * factor ** milestones.filter((milestone) => milestone <= position).length;
}

/** Options of {@link piecewiseConstant}. */
export interface PiecewiseConstantOptions {
  /** Positions at which the next value begins, in order. */
  readonly boundaries: readonly number[];
  /** One value more than there are boundaries. */
  readonly values: readonly number[];
}

/**
 * `values[n]`, n being the number of boundaries at or before the position. Keras's `PiecewiseConstantDecay`, but for
 * the boundary itself, which here begins the next piece, as PyTorch's milestones do.
 */
export function piecewiseConstant({ boundaries, values }: PiecewiseConstantOptions): Schedule {
  checkOrder("piecewiseConstant", "boundaries", boundaries);
  if (values.length !== boundaries.length + 1) {
    throw new ArgumentError(
      `piecewiseConstant: expected ${boundaries.length + 1} values for ${boundaries.length} boundaries, got ${values.length}`,
    );
  }
  return (position) => values[boundaries.filter((boundary) => boundary <= position).length]!;
}

/** Options of {@link exponentialDecay}. */
export interface ExponentialDecayOptions {
  /** Value at position 0. */
  readonly initial: number;
  /** What the value is multiplied by from one position to `every` further. */
  readonly factor: number;
  /** Default: 1. */
  readonly every?: number;
}

/** `initial · factor^(position / every)`: Keras's `ExponentialDecay`; with `every` 1 PyTorch's `ExponentialLR`. */
export function exponentialDecay({ initial, factor, every = 1 }: ExponentialDecayOptions): Schedule {
  checkPositive("exponentialDecay", "factor", factor);
  checkPositive("exponentialDecay", "every", every);
  return (position) => initial * factor ** (position / every);
}

/** Options of {@link cosineDecay}. */
export interface CosineDecayOptions {
  /** Value at position 0. */
  readonly initial: number;
  /** Position at which the minimum is reached, greater than 0. */
  readonly length: number;
  /** Default: 0. */
  readonly minimum?: number;
}

/**
 * `minimum + (initial − minimum) · (1 + cos(π · position / length)) / 2`, and the minimum from `length` on (Loshchilov
 * and Hutter, "SGDR", 2017, without restarts): Keras's `CosineDecay`, PyTorch's `CosineAnnealingLR`.
 */
export function cosineDecay({ initial, length, minimum = 0 }: CosineDecayOptions): Schedule {
  checkPositive("cosineDecay", "length", length);
  return (position) => cosineBetween(initial, minimum, Math.min(1, position / length));
}

/** Options of {@link oneCycle}. */
export interface OneCycleOptions {
  /** Greatest value. */
  readonly maximum: number;
  /** Positions of the whole cycle, at least 1. */
  readonly length: number;
  /** Share of the cycle that rises, 0 to 1. Default: 0.3. */
  readonly rise?: number;
  /** The first value is `maximum / startDivisor`. Default: 25. */
  readonly startDivisor?: number;
  /** The last value is the first one divided by this. Default: 1e4. */
  readonly endDivisor?: number;
}

/**
 * Rises from `maximum / startDivisor` to the maximum, which is reached at `rise · length − 1`, then falls to
 * `maximum / startDivisor / endDivisor`, reached at `length − 1`, both along half a cosine (Smith, "Super-convergence",
 * 2018): PyTorch's `OneCycleLR`, with `length` for its `total_steps`.
 */
export function oneCycle({
  maximum,
  length,
  rise = 0.3,
  startDivisor = 25,
  endDivisor = 1e4,
}: OneCycleOptions): Schedule {
  if (!(length >= 1)) throw new ArgumentError(`oneCycle: length must be at least 1, got ${length}`);
  if (!(rise >= 0 && rise <= 1)) throw new ArgumentError(`oneCycle: rise must be from 0 to 1, got ${rise}`);
  const first = maximum / startDivisor;
  const top = Math.max(0, rise * length - 1);
  const bottom = length - 1;
  return (position) => {
    if (position < top) return cosineBetween(first, maximum, position / top);
    const fallen = position >= bottom ? 1 : (position - top) / (bottom - top);
    return cosineBetween(maximum, first / endDivisor, fallen);
  };
}

/** Options of {@link warmUp}. */
export interface WarmUpOptions {
  /** Positions of the rise, greater than 0. */
  readonly length: number;
  /** Share of the schedule's value to begin with, 0 to 1. Default: 0. */
  readonly from?: number;
}

/** Another schedule, its first values reduced: times `from + (1 − from) · position / length` until `length` is reached. */
export function warmUp(schedule: Schedule, { length, from = 0 }: WarmUpOptions): Schedule {
  checkPositive("warmUp", "length", length);
  if (!(from >= 0 && from <= 1)) throw new ArgumentError(`warmUp: from must be from 0 to 1, got ${from}`);
  return (position) => schedule(position) * Math.min(1, from + ((1 - from) * position) / length);
}

/** From a to b along half a cosine; share 0 to 1. */
function cosineBetween(a: number, b: number, share: number): number {
  return b + ((a - b) * (1 + Math.cos(Math.PI * share))) / 2;
}

function checkPositive(schedule: string, name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new ArgumentError(`${schedule}: ${name} must be greater than 0, got ${value}`);
}

function checkOrder(schedule: string, name: string, positions: readonly number[]): void {
  const wrong = positions.findIndex(
    (position, i) => !(position > (i === 0 ? Number.NEGATIVE_INFINITY : positions[i - 1]!)),
  );
  if (wrong >= 0) throw new ArgumentError(`${schedule}: ${name} must rise, got ${positions.join(", ")}`);
}
