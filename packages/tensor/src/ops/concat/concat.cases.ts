/** @file Cases of concat. */
import { type DType, formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { concatGradientReference, concatReference } from "./concat.reference.ts";
import { concat } from "./concat.ts";

export const concatCases: readonly OpCase[] = [
  concatCase([[5], [37]], 0),
  concatCase(
    [
      [3, 7],
      [2, 7],
      [4, 7],
    ],
    0,
  ),
  concatCase(
    [
      [5, 3],
      [5, 1],
      [5, 18],
    ],
    1,
  ),
  concatCase(
    [
      [2, 5, 3, 4],
      [2, 5, 3, 7],
    ],
    3,
  ),
  concatCase(
    [
      [2, 5, 3, 4],
      [2, 1, 3, 4],
      [2, 2, 3, 4],
    ],
    1,
  ),
  concatCase(
    [
      [2, 3, 2, 1, 2, 3],
      [2, 3, 2, 2, 2, 3],
    ],
    3,
  ),
  concatCase([[3, 4]], 1),
  concatCase(
    [
      [3, 5, 2],
      [3, 4, 2],
    ],
    1,
    "int32",
  ),
];

function concatCase(shapes: readonly Shape[], axis: number, dtype: DType = "float32"): OpCase {
  return {
    name: `concat ${dtype === "int32" ? "int32 " : ""}${shapes.map(formatShape).join(" ")} along ${axis}`,
    inputs: shapes.map((shape) => (dtype === "int32" ? { shape, dtype, low: -1000, high: 1000 } : { shape })),
    run: (...parts) => concat(parts, axis),
    reference: (...parts) => concatReference(parts, axis),
    referenceGradient: ([dy], ...parts) => concatGradientReference(dy, parts, axis),
    tolerance: exact,
  };
}
