/** @file Cases of dropout. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { arithmetic } from "../../testing/tolerance.ts";
import { type DropoutReferenceOptions, dropoutReference } from "./dropout.reference.ts";
import { dropout } from "./dropout.ts";

export const dropoutCases: readonly OpCase[] = [
  dropoutCase([3, 7, 5], { rate: 0.5, key: { seed: 1, stream: 0 } }),
  dropoutCase([1027], { rate: 0.2, key: { seed: 2 ** 45 + 3, stream: 4, counter: 5 } }),
  dropoutCase([3, 5], { rate: 0, key: { seed: 1, stream: 1 } }),
  dropoutCase([1], { rate: 0.9, key: { seed: 2, stream: 2 ** 32 - 1, counter: 2 ** 32 - 1 } }),
];

function dropoutCase(shape: Shape, options: DropoutReferenceOptions): OpCase {
  return {
    name: `dropout ${formatShape(shape)} rate ${options.rate}`,
    inputs: [{ shape }],
    run: (x) => dropout(x, options),
    reference: (x) => dropoutReference(x, options),
    referenceGradient: ([dy]) => [dropoutReference(dy, options)],
    tolerance: arithmetic,
  };
}
