/** @file Cases of eraseBoxes; some boxes are empty, some lie outside, some are of a channel that is none. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { eraseBoxesReference } from "./erase-boxes.reference.ts";
import { eraseBoxes } from "./erase-boxes.ts";

export const eraseBoxesCases: readonly OpCase[] = [
  eraseCase([5, 7, 6, 3], 1, true),
  eraseCase([4, 9, 8, 3], 17, true),
  eraseCase([3, 5, 11, 1], 6, false),
  eraseCase([6, 4, 4, 5], 3, false),
  eraseCase([2, 3, 5, 2], 0, false),
];

/** All numbers of a box are from −1 to 5. */
function eraseCase(shape: Shape, count: number, ownColors: boolean): OpCase {
  const [batch, , , channels] = shape as [number, number, number, number];
  return {
    name: `eraseBoxes ${count} of ${formatShape(shape)}${ownColors ? " each of its own colour" : ""}`,
    inputs: [
      { shape, gradient: false },
      { shape: [batch, count, 5], dtype: "int32", low: -1, high: 6 },
      { shape: ownColors ? [batch, count, channels] : [channels], gradient: false },
    ],
    run: (images, boxes, colors) => eraseBoxes(images!, boxes!, colors!),
    reference: (images, boxes, colors) => eraseBoxesReference(images!, boxes!, colors!),
    tolerance: exact,
  };
}
