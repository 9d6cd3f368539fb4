/** @file Cases of cropAndResize; some boxes are empty, some lie outside. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { cropAndResizeReference } from "./crop-and-resize.reference.ts";
import { cropAndResize } from "./crop-and-resize.ts";

export const cropAndResizeCases: readonly OpCase[] = [
  cropCase([7, 6, 9, 3], [6, 9], -2, 8),
  cropCase([9, 5, 4, 1], [7, 3], -1, 7),
  cropCase([4, 3, 3, 5], [2, 11], 0, 4),
  cropCase([3, 20, 21, 2], [16, 16], -1, 18),
];

/** All numbers of a box are drawn from `low` to `high`, so most boxes are mirrored. */
function cropCase(shape: Shape, size: readonly [number, number], low: number, high: number): OpCase {
  return {
    name: `cropAndResize ${formatShape(shape)} to ${formatShape(size)}`,
    inputs: [
      { shape, gradient: false },
      { shape: [shape[0]!, 5], dtype: "int32", low, high },
      { shape: [shape[3]!], gradient: false },
    ],
    run: (images, boxes, fill) => cropAndResize(images!, boxes!, fill!, { size }),
    reference: (images, boxes, fill) => cropAndResizeReference(images!, boxes!, fill!, size),
  };
}
