/** @file Cases of the elementwise ops. */
import { formatShape, type Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import { arithmetic, exact, type Tolerance, transcendental } from "../../testing/tolerance.ts";
import { add } from "../add/add.ts";
import { div } from "../div/div.ts";
import { elu } from "../elu/elu.ts";
import { exp } from "../exp/exp.ts";
import { log } from "../log/log.ts";
import { maximum } from "../maximum/maximum.ts";
import { mul } from "../mul/mul.ts";
import { neg } from "../neg/neg.ts";
import { relu } from "../relu/relu.ts";
import { sqrt } from "../sqrt/sqrt.ts";
import { square } from "../square/square.ts";
import { sub } from "../sub/sub.ts";
import {
  type BinaryFunction,
  binaryFunctions,
  binaryGradientReference,
  binaryReference,
  eluFunction,
  type UnaryFunction,
  unaryFunctions,
  unaryGradientReference,
  unaryReference,
} from "./elementwise.reference.ts";

type UnaryOp = (x: Tensor) => Tensor;
type BinaryOp = (a: Tensor | number, b: Tensor | number) => Tensor;
type Details = Omit<InputSpec, "shape"> & { readonly tolerance?: Tolerance };

/** Differences of nearly equal numbers: right to the last bit of what is subtracted, not of what is left. */
const cancelling: Tolerance = {
  forward: 2e-6,
  gradient: 2e-6,
  reason: "e^x - 1 and log lose what cancels near 0 and near 1; WGSL grants log 2^-21 there",
};

export const chosen: Tolerance = {
  forward: 0,
  gradient: 2e-6,
  reason: "values are chosen; gradients are summed where an operand was stretched",
};

export const unaryCases: readonly OpCase[] = [
  unaryCase("neg", neg, unaryFunctions.neg, [3, 7, 5], { tolerance: exact }),
  unaryCase("exp", exp, unaryFunctions.exp, [3, 7, 5], { low: -3, high: 3, tolerance: transcendental }),
  unaryCase("exp", exp, unaryFunctions.exp, [], { low: -3, high: 3, tolerance: transcendental }),
  unaryCase("log", log, unaryFunctions.log, [37], { low: 2, high: 40, tolerance: transcendental }),
  unaryCase("log", log, unaryFunctions.log, [5, 7], { low: 0.2, high: 2, tolerance: cancelling }),
  unaryCase("sqrt", sqrt, unaryFunctions.sqrt, [3, 11], { low: 0.1, high: 9 }),
  unaryCase("square", square, unaryFunctions.square, [2, 3, 2, 3, 2], { low: -2, high: 2 }),
  unaryCase("relu", relu, unaryFunctions.relu, [3, 7, 5, 11], { awayFrom: 0, tolerance: exact }),
  unaryCase("relu", relu, unaryFunctions.relu, [1], { awayFrom: 0, tolerance: exact }),
  unaryCase("elu", elu, eluFunction(), [3, 7, 5], { low: -4, high: 2, awayFrom: 0, tolerance: cancelling }),
  unaryCase("elu alpha 0.3", (x) => elu(x, { alpha: 0.3 }), eluFunction(0.3), [1030], {
    ...{ low: -4, high: 2, awayFrom: 0, tolerance: cancelling },
  }),
];

/** Pairs of shapes: equal, stretched on either side and on both, of different ranks, of size 1, scalars. */
export const pairs: readonly (readonly [Shape, Shape])[] = [
  [
    [7, 5],
    [7, 5],
  ],
  [[3, 7, 5, 11], [11]],
  [[13], [4, 13]],
  [
    [3, 1, 5],
    [7, 1],
  ],
  [[], [2, 3]],
  [
    [2, 1, 3, 1, 5],
    [4, 1, 2, 1],
  ],
];

export const binaryCases: readonly OpCase[] = [
  ...pairs.map(([a, b]) => binaryCase("add", add, binaryFunctions.add, a, b)),
  ...pairs.map(([a, b]) => binaryCase("mul", mul, binaryFunctions.mul, a, b)),
  ...pairs.slice(2, 5).map(([a, b]) => binaryCase("sub", sub, binaryFunctions.sub, a, b)),
  ...pairs.slice(2, 5).map(([a, b]) => binaryCase("div", div, binaryFunctions.div, a, b, { low: 0.5, high: 2 })),
  ...pairs
    .slice(0, 4)
    .map(([a, b]) =>
      binaryCase("maximum", maximum, binaryFunctions.maximum, a, b, { distinct: true, tolerance: chosen }),
    ),
  tiedMaximum(),
  binaryCase("add", add, binaryFunctions.add, [1, 1, 1], [1]),
  binaryCase("add", add, binaryFunctions.add, [], []),
  binaryCase("add", add, binaryFunctions.add, [5000], [5000]),
  numberCase("add", add, binaryFunctions.add, [7, 5], 0.75),
  numberCase("sub", sub, binaryFunctions.sub, [7, 5], 0.75),
  numberCase("mul", mul, binaryFunctions.mul, [3, 1, 5], -1.25),
  numberCase("div", div, binaryFunctions.div, [13], 3, { low: 0.5, high: 2 }),
  numberCase("maximum", maximum, binaryFunctions.maximum, [13], 0.25, { awayFrom: 0.25, tolerance: chosen }),
  numberFirstCase("sub", sub, binaryFunctions.sub, 0.75, [7, 5]),
  numberFirstCase("div", div, binaryFunctions.div, 2, [7, 5], { low: 0.5, high: 2 }),
];

export function unaryCase(name: string, op: UnaryOp, f: UnaryFunction, shape: Shape, details: Details = {}): OpCase {
  const { tolerance = arithmetic, ...range } = details;
  return {
    name: `${name} ${formatShape(shape)}`,
    inputs: [{ shape, ...range }],
    run: (x) => op(x),
    reference: (x) => unaryReference(f, x),
    referenceGradient: ([dy], x) => [unaryGradientReference(f, dy, x)],
    tolerance,
  };
}

export function binaryCase(
  name: string,
  op: BinaryOp,
  f: BinaryFunction,
  a: Shape,
  b: Shape,
  details: Details = {},
): OpCase {
  const { tolerance = arithmetic, ...range } = details;
  return {
    name: `${name} ${formatShape(a)} and ${formatShape(b)}`,
    inputs: [
      { shape: a, ...range },
      { shape: b, ...range },
    ],
    run: op,
    reference: (left, right) => binaryReference(f, left, right),
    referenceGradient: ([dy], left, right) => binaryGradientReference(f, dy, left, right),
    tolerance,
  };
}

export function numberCase(
  name: string,
  op: BinaryOp,
  f: BinaryFunction,
  shape: Shape,
  value: number,
  details: Details = {},
): OpCase {
  const { value: apply, partials } = f;
  const withNumber = { value: (x: number) => apply(x, value), derivative: (x: number) => partials(x, value)[0] };
  return unaryCase(`${name} with the number ${value},`, (x) => op(x, value), withNumber, shape, details);
}

export function numberFirstCase(
  name: string,
  op: BinaryOp,
  f: BinaryFunction,
  value: number,
  shape: Shape,
  details: Details = {},
): OpCase {
  const { value: apply, partials } = f;
  const withNumber = { value: (x: number) => apply(value, x), derivative: (x: number) => partials(value, x)[1] };
  return unaryCase(`${name} of the number ${value},`, (x) => op(value, x), withNumber, shape, details);
}

/** A third of the elements tie. */
function tiedMaximum(): OpCase {
  return {
    ...binaryCase("maximum with ties,", maximum, binaryFunctions.maximum, [7, 5], [5], { multipleOf: 1 }),
    notSmooth: "equal operands",
    tolerance: chosen,
  };
}
