/** @file Cases of sumOfSquares and l2Penalty. */
import { formatShape, type Shape, sizeOf } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { mapArray } from "../../testing/nd-array.ts";
import { summation } from "../../testing/tolerance.ts";
import { l2Penalty } from "../l2-penalty/l2-penalty.ts";
import { sumOfSquaresGradient, sumOfSquaresReference } from "./sum-of-squares.reference.ts";
import { sumOfSquares } from "./sum-of-squares.ts";

export const sumOfSquaresCases: readonly OpCase[] = [
  sumCase([[1]]),
  sumCase([[3, 5, 7]]),
  sumCase([[4096], [4097], [13]]),
  sumCase([[0], [2, 3]]),
  penaltyCase(0.01, [[3, 3, 2, 5]]),
  penaltyCase(5e-4, [[7, 3], [31]]),
];

function tolerance(shapes: readonly Shape[]) {
  return summation(shapes.reduce((count, shape) => count + sizeOf(shape), 0));
}

function sumCase(shapes: readonly Shape[]): OpCase {
  return {
    name: `sumOfSquares ${shapes.map(formatShape).join(" ")}`,
    inputs: shapes.map((shape) => ({ shape })),
    run: (...tensors) => sumOfSquares(tensors),
    reference: sumOfSquaresReference,
    referenceGradient: ([dy], ...tensors) => sumOfSquaresGradient(dy, ...tensors),
    tolerance: tolerance(shapes),
  };
}

function penaltyCase(lambda: number, shapes: readonly Shape[]): OpCase {
  return {
    name: `l2Penalty ${lambda} ${shapes.map(formatShape).join(" ")}`,
    inputs: shapes.map((shape) => ({ shape })),
    run: (...tensors) => l2Penalty(tensors, lambda),
    reference: (...tensors) => mapArray(sumOfSquaresReference(...tensors), (value) => lambda * value),
    referenceGradient: ([dy], ...tensors) =>
      sumOfSquaresGradient(
        mapArray(dy, (value) => lambda * value),
        ...tensors,
      ),
    tolerance: tolerance(shapes),
  };
}
