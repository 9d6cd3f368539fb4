/** @file Cases of oneHot; some labels are out of range. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { oneHotReference } from "./one-hot.reference.ts";
import { oneHot } from "./one-hot.ts";

export const oneHotCases: readonly OpCase[] = [
  oneHotCase([37], 10),
  oneHotCase([], 3),
  oneHotCase([5, 7], 1),
  oneHotCase([2, 3, 5], 101),
];

function oneHotCase(shape: Shape, depth: number): OpCase {
  return {
    name: `oneHot ${formatShape(shape)} of ${depth}`,
    inputs: [{ shape, dtype: "int32", low: -2, high: depth + 2 }],
    run: (labels) => oneHot(labels!, depth),
    reference: (labels) => oneHotReference(labels!, depth),
    tolerance: exact,
  };
}
