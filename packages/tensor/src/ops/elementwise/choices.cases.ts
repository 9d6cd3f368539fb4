/** @file Cases of what compares and chooses. */
import { formatShape, type Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import type { OpCase } from "../../testing/case.ts";
import { mapArray, mapPairs } from "../../testing/nd-array.ts";
import { exact } from "../../testing/tolerance.ts";
import { clip } from "../clip/clip.ts";
import { equal } from "../equal/equal.ts";
import { greater } from "../greater/greater.ts";
import { greaterEqual } from "../greater-equal/greater-equal.ts";
import { less } from "../less/less.ts";
import { lessEqual } from "../less-equal/less-equal.ts";
import { minimum } from "../minimum/minimum.ts";
import { where } from "../where/where.ts";
import {
  clipFunction,
  comparisons,
  minimumFunction,
  whereGradientReference,
  whereReference,
} from "./choices.reference.ts";
import { binaryCase, chosen, numberCase, numberFirstCase, pairs, unaryCase } from "./elementwise.cases.ts";

type Bounds = Parameters<typeof clip>[1];

export const choiceCases: readonly OpCase[] = [
  ...pairs
    .slice(0, 4)
    .map(([a, b]) => binaryCase("minimum", minimum, minimumFunction, a, b, { distinct: true, tolerance: chosen })),
  {
    ...binaryCase("minimum with ties,", minimum, minimumFunction, [7, 5], [5], { multipleOf: 1 }),
    notSmooth: "equal operands",
    tolerance: chosen,
  },
  numberCase("minimum", minimum, minimumFunction, [13], 0.25, { awayFrom: 0.25, tolerance: exact }),
  numberFirstCase("minimum", minimum, minimumFunction, 0.25, [13], { awayFrom: 0.25, tolerance: exact }),
  clipCase({ min: -0.375, max: 0.625 }, [3, 7, 5]),
  clipCase({ min: -0.375, max: 0.625 }, []),
  clipCase({ min: -0.375 }, [37]),
  clipCase({ max: 0.625 }, [5, 11]),
  { ...clipCase({ min: -0.5, max: 0.5 }, [2, 3, 2, 3, 5]), notSmooth: "elements at the bounds" },
  whereCase([7, 5], [7, 5], [7, 5]),
  whereCase([3, 1, 5], [7, 1], [5]),
  whereCase([11], [3, 7, 25, 11], []),
  whereCase([2, 1, 3, 1, 5], [4, 1, 2, 1], [1]),
  whereNumberCase([3, 7, 5]),
  ...comparisonCases("greater", greater),
  ...comparisonCases("greaterEqual", greaterEqual),
  ...comparisonCases("less", less),
  ...comparisonCases("lessEqual", lessEqual),
  ...comparisonCases("equal", equal),
];

/** Elements are multiples of a quarter: at the bounds or well away from them. */
function clipCase({ min, max }: Bounds, shape: Shape): OpCase {
  return unaryCase(
    `clip to ${min} and ${max},`,
    (x) => clip(x, { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }),
    clipFunction(min, max),
    shape,
    { multipleOf: 0.25, tolerance: exact },
  );
}

function whereCase(condition: Shape, a: Shape, b: Shape): OpCase {
  return {
    name: `where ${formatShape(condition)} chooses ${formatShape(a)} or ${formatShape(b)}`,
    inputs: [{ shape: condition, low: 0, multipleOf: 1, gradient: false }, { shape: a }, { shape: b }],
    run: where,
    reference: whereReference,
    referenceGradient: ([dy], ...inputs) =>
      whereGradientReference(dy, ...(inputs as [typeof dy, typeof dy, typeof dy])),
    tolerance: chosen,
  };
}

/** A number on either side. */
function whereNumberCase(shape: Shape): OpCase {
  return {
    name: `where ${formatShape(shape)} chooses a number`,
    inputs: [{ shape }, { shape, low: -1, multipleOf: 1, gradient: false }],
    run: (x, condition) => [where(condition!, x!, 0.75), where(condition!, -1.25, x!)],
    reference: (x, condition) => [
      mapPairs(x!, condition!, (value, chosenOne) => (chosenOne !== 0 ? value : 0.75)),
      mapPairs(x!, condition!, (value, chosenOne) => (chosenOne !== 0 ? -1.25 : value)),
    ],
    referenceGradient: ([first, second], _, condition) => [
      mapArray(condition!, (value, i) => (value !== 0 ? first.data[i]! : second!.data[i]!)),
      null,
    ],
    tolerance: exact,
  };
}

type Comparison = (a: Tensor | number, b: Tensor | number) => Tensor;

/** Elements are multiples of a half, so that many are equal. */
function comparisonCases(name: keyof typeof comparisons, op: Comparison): OpCase[] {
  const compare = (a: number, b: number) => (comparisons[name](a, b) ? 1 : 0);
  const multipleOf = 0.5;
  return [
    ...pairs.slice(0, 4).map(
      ([a, b]): OpCase => ({
        name: `${name} ${formatShape(a)} and ${formatShape(b)}`,
        inputs: [
          { shape: a, multipleOf },
          { shape: b, multipleOf },
        ],
        run: op,
        reference: (left, right) => mapPairs(left!, right!, compare),
        tolerance: exact,
      }),
    ),
    {
      name: `${name} with the number 0.5 on either side`,
      inputs: [{ shape: [37], multipleOf }],
      run: (x) => [op(x!, 0.5), op(0.5, x!)],
      reference: (x) => [mapArray(x!, (value) => compare(value, 0.5)), mapArray(x!, (value) => compare(0.5, value))],
      tolerance: exact,
    },
  ];
}
