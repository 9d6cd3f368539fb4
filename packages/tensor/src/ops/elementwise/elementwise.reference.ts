/** @file Float64 oracles of the elementwise ops: each function with its derivative. */
import { broadcastShapes } from "../../shape.ts";
import {
  broadcastIndex,
  coordinatesOf,
  mapArray,
  mapPairs,
  type NdArray,
  ndArray,
  sumToShape,
} from "../../testing/nd-array.ts";

/** A function of one number. */
export interface UnaryFunction {
  readonly value: (x: number) => number;
  readonly derivative: (x: number) => number;
}

/** A function of two numbers with its partial derivatives. */
export interface BinaryFunction {
  readonly value: (a: number, b: number) => number;
  readonly partials: (a: number, b: number) => readonly [number, number];
}

export const unaryFunctions = {
  neg: { value: (x) => -x, derivative: () => -1 },
  exp: { value: Math.exp, derivative: Math.exp },
  log: { value: Math.log, derivative: (x) => 1 / x },
  sqrt: { value: Math.sqrt, derivative: (x) => 1 / (2 * Math.sqrt(x)) },
  square: { value: (x) => x * x, derivative: (x) => 2 * x },
  relu: { value: (x) => Math.max(x, 0), derivative: (x) => (x > 0 ? 1 : 0) },
} as const satisfies Record<string, UnaryFunction>;

/** x where x > 0, else α(e^x − 1). */
export function eluFunction(alpha = 1): UnaryFunction {
  return {
    value: (x) => (x > 0 ? x : alpha * Math.expm1(x)),
    derivative: (x) => (x > 0 ? 1 : alpha * Math.exp(x)),
  };
}

/** Where a = b, maximum's gradient goes to a. */
export const binaryFunctions = {
  add: { value: (a, b) => a + b, partials: () => [1, 1] },
  sub: { value: (a, b) => a - b, partials: () => [1, -1] },
  mul: { value: (a, b) => a * b, partials: (a, b) => [b, a] },
  div: { value: (a, b) => a / b, partials: (a, b) => [1 / b, -a / (b * b)] },
  maximum: { value: Math.max, partials: (a, b) => (a >= b ? [1, 0] : [0, 1]) },
} as const satisfies Record<string, BinaryFunction>;

/** The activation that matmul and conv2d apply. */
export function activationFunction(activation: "none" | "relu" | "elu"): UnaryFunction {
  if (activation === "none") return { value: (x) => x, derivative: () => 1 };
  return activation === "relu" ? unaryFunctions.relu : eluFunction();
}

export function unaryReference(f: UnaryFunction, x: NdArray): NdArray {
  return mapArray(x, f.value);
}

/** dx = dy · f'(x). */
export function unaryGradientReference(f: UnaryFunction, dy: NdArray, x: NdArray): NdArray {
  return mapArray(x, (value, i) => dy.data[i]! * f.derivative(value));
}

export function binaryReference(f: BinaryFunction, a: NdArray, b: NdArray): NdArray {
  return mapPairs(a, b, f.value);
}

/** Each operand's partial derivative times dy, summed over what broadcasting stretched. */
export function binaryGradientReference(f: BinaryFunction, dy: NdArray, a: NdArray, b: NdArray): [NdArray, NdArray] {
  const shape = broadcastShapes("binaryGradientReference", [a.shape, b.shape]);
  const partial = (operand: 0 | 1): NdArray =>
    ndArray(shape, (i) => {
      const coordinates = coordinatesOf(i, shape);
      const [left, right] = [
        a.data[broadcastIndex(coordinates, a.shape)]!,
        b.data[broadcastIndex(coordinates, b.shape)]!,
      ];
      return dy.data[i]! * f.partials(left, right)[operand];
    });
  return [sumToShape(partial(0), a.shape), sumToShape(partial(1), b.shape)];
}
