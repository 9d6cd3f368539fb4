/** @file Cases of gather; indices repeat, and some are out of range. */
import { formatShape, type Shape, sizeOf } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { summation } from "../../testing/tolerance.ts";
import { gatherGradientReference, gatherReference } from "./gather.reference.ts";
import { gather } from "./gather.ts";

export const gatherCases: readonly OpCase[] = [
  gatherCase([11, 7], [37], 0),
  gatherCase([5], [66], 0),
  gatherCase([9, 5, 3], [2, 3], 0),
  gatherCase([4, 6, 5], [7], 1),
  gatherCase([2, 3, 4, 5], [3, 1, 3], 3),
  gatherCase([3, 2, 3, 2, 17], [5], 2),
  gatherCase([6, 4], [], 0),
  gatherCase([40, 1], [3], 0),
  // More than a workgroup sorts: two blocks, and eight with few and with many entries.
  gatherCase([7, 2], [600], 0),
  gatherCase([3], [33, 65], 0),
  gatherCase([1100], [2049], 0),
];

/** Values are copied; a gradient adds up at most as many as there are indices. */
function gatherCase(shape: Shape, indices: Shape, axis: number): OpCase {
  return {
    name: `gather ${formatShape(indices)} of ${formatShape(shape)} along ${axis}`,
    inputs: [{ shape }, { shape: indices, dtype: "int32", low: -1, high: shape[axis]! + 1 }],
    run: (x, numbers) => gather(x!, numbers!, { axis }),
    reference: (x, numbers) => gatherReference(x!, numbers!, axis),
    referenceGradient: ([dy], x, numbers) => [gatherGradientReference(dy, x!, numbers!, axis), null],
    tolerance: { ...summation(sizeOf(indices)), forward: 0 },
  };
}
