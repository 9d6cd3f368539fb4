/** @file Float64 oracles of what compares and chooses. */
import { broadcastShapes } from "../../shape.ts";
import { broadcastIndex, coordinatesOf, type NdArray, ndArray, sumToShape } from "../../testing/nd-array.ts";
import type { BinaryFunction, UnaryFunction } from "./elementwise.reference.ts";

/** Where a = b, the gradient goes to a. */
export const minimumFunction: BinaryFunction = {
  value: Math.min,
  partials: (a, b) => (a <= b ? [1, 0] : [0, 1]),
};

/** The gradient passes at the bounds too. */
export function clipFunction(min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): UnaryFunction {
  return {
    value: (x) => Math.min(Math.max(x, min), max),
    derivative: (x) => (x >= min && x <= max ? 1 : 0),
  };
}

export const comparisons = {
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  equal: (a, b) => a === b,
} as const satisfies Record<string, (a: number, b: number) => boolean>;

/** Walks the broadcast shape of `operands`, whose elements `f` gets beside the position. */
function mapBroadcast(operands: readonly NdArray[], f: (elements: number[], position: number) => number): NdArray {
  const shape = broadcastShapes(
    "mapBroadcast",
    operands.map((operand) => operand.shape),
  );
  return ndArray(shape, (i) => {
    const coordinates = coordinatesOf(i, shape);
    return f(
      operands.map((operand) => operand.data[broadcastIndex(coordinates, operand.shape)]!),
      i,
    );
  });
}

export function whereReference(condition: NdArray, a: NdArray, b: NdArray): NdArray {
  return mapBroadcast([condition, a, b], ([chosen, left, right]) => (chosen !== 0 ? left! : right!));
}

/** dy where the operand was chosen, summed over what broadcasting stretched. */
export function whereGradientReference(
  dy: NdArray,
  condition: NdArray,
  a: NdArray,
  b: NdArray,
): readonly (NdArray | null)[] {
  const chosen = (wanted: boolean) =>
    mapBroadcast([condition, a, b], ([value], i) => ((value !== 0) === wanted ? dy.data[i]! : 0));
  return [null, sumToShape(chosen(true), a.shape), sumToShape(chosen(false), b.shape)];
}
