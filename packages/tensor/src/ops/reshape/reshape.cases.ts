/** @file Cases of reshape. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { reshapeReference } from "./reshape.reference.ts";
import { reshape } from "./reshape.ts";

export const reshapeCases: readonly OpCase[] = [
  reshapeCase([3, 7, 5], [3, 35]),
  reshapeCase([6], [1, 2, 1, 3, 1]),
  reshapeCase([1, 1], []),
];

function reshapeCase(from: Shape, to: Shape): OpCase {
  return {
    name: `reshape ${formatShape(from)} to ${formatShape(to)}`,
    inputs: [{ shape: from }],
    run: (x) => reshape(x, to),
    reference: (x) => reshapeReference(x, to),
    referenceGradient: ([dy]) => [reshapeReference(dy, from)],
    tolerance: exact,
  };
}
