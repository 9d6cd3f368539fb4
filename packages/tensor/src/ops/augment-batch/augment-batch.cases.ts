/** @file Cases of augmentBatch. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { type AugmentBatchReferenceOptions, augmentBatchReference } from "./augment-batch.reference.ts";
import { augmentBatch } from "./augment-batch.ts";

const off = { padding: 0, fill: 0, flip: 0, cutout: 0 };

export const augmentBatchCases: readonly OpCase[] = [
  augmentCase([5, 6, 7, 3], 4, { ...off, size: [6, 7], key: { seed: 1, stream: 1 } }),
  augmentCase([5, 6, 7, 3], 9, {
    padding: 2,
    fill: 7,
    flip: 0.5,
    cutout: 3,
    size: [6, 7],
    key: { seed: 2, stream: 1 },
  }),
  augmentCase([3, 5, 4, 1], 7, { ...off, padding: 4, flip: 1, cutout: 2, size: [5, 4], key: { seed: 3, stream: 9 } }),
  augmentCase([4, 9, 8, 2], 6, { ...off, flip: 0.3, size: [5, 3], key: { seed: 2 ** 40, stream: 2, counter: 77 } }),
  augmentCase([2, 3, 3, 5], 5, { ...off, cutout: 9, size: [3, 3], key: { seed: 5, stream: 0 } }),
  augmentCase([2, 24, 25, 4], 3, { ...off, padding: 3, fill: 255, size: [28, 27], key: { seed: 6, stream: 0 } }),
];

function augmentCase(shape: Shape, batch: number, options: AugmentBatchReferenceOptions): OpCase {
  const { size, padding, flip, cutout } = options;
  return {
    name: `augmentBatch ${batch} of ${formatShape(shape)} to ${formatShape(size)} padding ${padding} flip ${flip} cutout ${cutout}`,
    inputs: [
      { shape, dtype: "uint8" },
      // One too low and one too high: there is no such image.
      { shape: [batch], dtype: "int32", low: -1, high: shape[0]! + 1 },
      { shape: [256, shape[3]!], gradient: false },
    ],
    run: (images, indices, table) => augmentBatch(images!, indices!, table!, options),
    reference: (images, indices, table) => augmentBatchReference(images!, indices!, table!, options),
    tolerance: exact,
  };
}
