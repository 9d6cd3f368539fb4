/** @file Cases of dropBlock. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { arithmetic } from "../../testing/tolerance.ts";
import { type DropBlockReferenceOptions, dropBlockReference } from "./drop-block.reference.ts";
import { dropBlock } from "./drop-block.ts";

export const dropBlockCases: readonly OpCase[] = [
  dropBlockCase([2, 7, 6, 5], { keepProbability: 0.6, blockSize: 3, key: { seed: 1, stream: 0 } }),
  dropBlockCase([3, 5, 5, 4], {
    keepProbability: 0.5,
    blockSize: 2,
    key: { seed: 2 ** 45 + 3, stream: 4, counter: 5 },
  }),
  dropBlockCase([1, 6, 9, 19], { keepProbability: 0.8, blockSize: 5, key: { seed: 3, stream: 2 ** 32 - 1 } }),
  dropBlockCase([2, 4, 4, 33], { keepProbability: 0.7, blockSize: 4, key: { seed: 4, stream: 1 } }),
  dropBlockCase([2, 3, 5, 1], { keepProbability: 0.5, blockSize: 1, key: { seed: 5, stream: 1 } }),
  dropBlockCase([1, 3, 3, 2], { keepProbability: 1, blockSize: 2, key: { seed: 6, stream: 1 } }),
];

function dropBlockCase(shape: Shape, options: DropBlockReferenceOptions): OpCase {
  return {
    name: `dropBlock ${formatShape(shape)} block ${options.blockSize} keep ${options.keepProbability}`,
    inputs: [{ shape }],
    run: (x) => dropBlock(x, options),
    reference: (x) => dropBlockReference(x, options),
    referenceGradient: ([dy]) => [dropBlockReference(dy, options)],
    tolerance: arithmetic,
  };
}
