/** @file Cases of transpose. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { transposeGradientReference, transposeReference } from "./transpose.reference.ts";
import { transpose } from "./transpose.ts";

export const transposeCases: readonly OpCase[] = [
  transposeCase([7, 5]),
  transposeCase([37, 66]),
  transposeCase([3, 7, 5], [1, 2, 0]),
  transposeCase([2, 3, 5, 7], [0, 3, 1, 2]),
  transposeCase([2, 3, 5, 7], [3, 1, 0, 2]),
  transposeCase([2, 1, 3, 1], [2, 3, 0, 1]),
  transposeCase([4, 3], [0, 1]),
  transposeCase([5]),
];

function transposeCase(shape: Shape, permutation?: readonly number[]): OpCase {
  return {
    name: `transpose ${formatShape(shape)}${permutation ? ` by ${formatShape(permutation)}` : ""}`,
    inputs: [{ shape }],
    run: (x) => transpose(x, permutation),
    reference: (x) => transposeReference(x, permutation),
    referenceGradient: ([dy]) => [transposeGradientReference(dy, permutation)],
    tolerance: exact,
  };
}
