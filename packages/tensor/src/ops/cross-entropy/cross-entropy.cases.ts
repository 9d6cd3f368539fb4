/** @file Cases of cross-entropy. */
import { formatShape, type Shape } from "../../shape.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import {
  type CrossEntropyReferenceOptions,
  crossEntropyGradientReference,
  crossEntropyReference,
} from "./cross-entropy.reference.ts";
import { crossEntropy } from "./cross-entropy.ts";

const softmax: Tolerance = {
  forward: 1e-6,
  gradient: 2e-6,
  reason: "exp and log of WGSL's accuracy, and a sum over the classes of terms of one sign",
};

export const crossEntropyCases: readonly OpCase[] = [
  plainCase([3, 5], 3),
  plainCase([1, 1], 3),
  plainCase([7, 100], 5),
  plainCase([33, 10], 1),
  plainCase([2, 1031], 3),
  // Past where exp overflows without the greatest logit taken off.
  plainCase([5, 9], 120),
  plainCase([2, 3, 4, 5], 3),
  crossEntropyCase([7, 10], { labelSmoothing: 0.1 }),
  crossEntropyCase([2, 131], { labelSmoothing: 0.25 }),
  crossEntropyCase([7, 10], { soft: true }),
  crossEntropyCase([2, 3, 70], { soft: true, labelSmoothing: 0.1 }),
  crossEntropyCase([7, 5], { soft: true, weighted: true, labelSmoothing: 0.3 }),
  crossEntropyCase([23, 4], { ignoreIndex: 2 }),
  // The last label is no class.
  crossEntropyCase([2, 5, 6, 3], { ignoreIndex: 3, labels: 4 }),
  crossEntropyCase([9, 1], { ignoreIndex: 0 }),
  crossEntropyCase([11, 6], { weighted: true }),
  crossEntropyCase([33, 7], { weighted: true, labelSmoothing: 0.2, ignoreIndex: 7, labels: 8 }),
];

interface Details extends CrossEntropyReferenceOptions {
  readonly weighted?: boolean;
  /** How many labels are drawn from. Default: the classes. */
  readonly labels?: number;
}

function plainCase(shape: Shape, bound: number): OpCase {
  return { ...crossEntropyCase(shape, {}, bound), name: `crossEntropy of ${formatShape(shape)} within ${bound}` };
}

function crossEntropyCase(shape: Shape, { weighted, labels, ...options }: Details, bound = 3): OpCase {
  const classes = shape.at(-1)!;
  const { soft, labelSmoothing, ignoreIndex } = options;
  const notes = [
    soft && "soft labels",
    labelSmoothing && `smoothing ${labelSmoothing}`,
    ignoreIndex !== undefined && `ignoring ${ignoreIndex}`,
    weighted && "weights",
  ];
  const labelSpec: InputSpec = soft
    ? { shape, low: 0, gradient: false }
    : { shape: shape.slice(0, -1), dtype: "int32", high: labels ?? classes };
  const weightSpec: InputSpec = { shape: [classes], low: 0.5, high: 1.5, gradient: false };
  return {
    name: ["crossEntropy of", formatShape(shape), ...notes].filter(Boolean).join(" "),
    inputs: [{ shape, low: -bound, high: bound }, labelSpec, ...(weighted ? [weightSpec] : [])],
    run: (logits, target, weight) => crossEntropy(logits!, target!, { ...options, ...(weight && { weight }) }),
    reference: (logits, target, weight) => crossEntropyReference(logits!, target!, options, weight),
    referenceGradient: ([dloss], logits, target, weight) => [
      crossEntropyGradientReference(dloss, logits!, target!, options, weight),
      null,
      null,
    ],
    tolerance: softmax,
  };
}
