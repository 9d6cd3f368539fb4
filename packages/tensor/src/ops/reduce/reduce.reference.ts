/** @file Float64 oracles of sum, mean and max over axes. */
import { normalizeAxes, type Shape } from "../../shape.ts";
import { broadcastIndex, coordinatesOf, mapArray, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Options of the reductions. */
export interface ReductionOptions {
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
}

export function sumReference(x: NdArray, options: ReductionOptions = {}): NdArray {
  return reduce(x, options, (values) => values.reduce((sum, value) => sum + value, 0));
}

export function sumGradientReference(dy: NdArray, x: NdArray, options: ReductionOptions = {}): NdArray {
  return spread(dy, x, options);
}

export function meanReference(x: NdArray, options: ReductionOptions = {}): NdArray {
  return reduce(x, options, (values) => values.reduce((sum, value) => sum + value, 0) / values.length);
}

export function meanGradientReference(dy: NdArray, x: NdArray, options: ReductionOptions = {}): NdArray {
  const count = x.data.length / dy.data.length;
  return mapArray(spread(dy, x, options), (value) => value / count);
}

export function maxReference(x: NdArray, options: ReductionOptions = {}): NdArray {
  return reduce(x, options, (values) => values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY));
}

/** Elements that share the maximum share its gradient equally. */
export function maxGradientReference(dy: NdArray, x: NdArray, options: ReductionOptions = {}): NdArray {
  const greatest = spread(maxReference(x, options), x, options);
  const winners = mapArray(x, (value, i) => (value === greatest.data[i] ? 1 : 0));
  const counts = spread(sumReference(winners, options), x, options);
  const shares = spread(dy, x, options);
  return mapArray(winners, (won, i) => (won * shares.data[i]!) / counts.data[i]!);
}

function reduce(x: NdArray, options: ReductionOptions, combine: (values: number[]) => number): NdArray {
  const kept = keptShape(x.shape, options);
  const groups = Array.from(ndArray(kept).data, () => [] as number[]);
  x.data.forEach((value, i) => {
    groups[broadcastIndex(coordinatesOf(i, x.shape), kept)]!.push(value);
  });
  return ndArray(resultShape(x.shape, options), (i) => combine(groups[i]!));
}

/** Gives every element of x the value of the group that it was reduced into. */
function spread(reduced: NdArray, x: NdArray, options: ReductionOptions): NdArray {
  const kept = keptShape(x.shape, options);
  return ndArray(x.shape, (i) => reduced.data[broadcastIndex(coordinatesOf(i, x.shape), kept)]!);
}

/** The shape with reduced axes kept as 1. */
function keptShape(shape: Shape, { axes }: ReductionOptions): number[] {
  const reduced = normalizeAxes("reference", axes, shape.length);
  return shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
}

function resultShape(shape: Shape, options: ReductionOptions): number[] {
  if (options.keepDims) return keptShape(shape, options);
  const reduced = normalizeAxes("reference", options.axes, shape.length);
  return shape.filter((_, axis) => !reduced.includes(axis));
}
