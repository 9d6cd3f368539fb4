/** @file Cases of cross-entropy. */
import type { OpCase } from "../../testing/case.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import { crossEntropyGradientReference, crossEntropyReference } from "./cross-entropy.reference.ts";
import { crossEntropy } from "./cross-entropy.ts";

const softmax: Tolerance = {
  forward: 1e-6,
  gradient: 2e-6,
  reason: "exp and log of WGSL's accuracy, and a sum over the classes of terms of one sign",
};

export const crossEntropyCases: readonly OpCase[] = [
  crossEntropyCase(3, 5, 3),
  crossEntropyCase(1, 1, 3),
  crossEntropyCase(7, 100, 5),
  crossEntropyCase(33, 10, 1),
  crossEntropyCase(2, 1031, 3),
  // Past where exp overflows without the greatest logit taken off.
  crossEntropyCase(5, 9, 120),
];

function crossEntropyCase(rows: number, classes: number, bound: number): OpCase {
  return {
    name: `crossEntropy ${rows} rows of ${classes} classes within ${bound}`,
    inputs: [
      { shape: [rows, classes], low: -bound, high: bound },
      { shape: [rows], dtype: "int32", high: classes },
    ],
    run: (logits, labels) => crossEntropy(logits, labels),
    reference: crossEntropyReference,
    referenceGradient: ([dloss], logits, labels) => [crossEntropyGradientReference(dloss, logits, labels), null],
    tolerance: softmax,
  };
}
