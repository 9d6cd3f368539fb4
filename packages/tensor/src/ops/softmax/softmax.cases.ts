/** @file Cases of softmax and its logarithm. */
import { formatShape, type Shape } from "../../shape.ts";
import type { OpCase } from "../../testing/case.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import { logSoftmax } from "../log-softmax/log-softmax.ts";
import { type SoftmaxReferenceOptions, softmaxGradientReference, softmaxReference } from "./softmax.reference.ts";
import { causalSoftmax, softmax } from "./softmax.ts";

const tolerance: Tolerance = {
  forward: 1e-6,
  gradient: 2e-6,
  reason: "exp and log of WGSL's accuracy, and sums along the axis of a probability's terms",
};

/** Short and long rows, and columns of widths that are no multiple of four. */
const layouts: readonly (readonly [Shape, number])[] = [
  [[3, 5], 1],
  [[1, 1], 1],
  [[7, 33], 1],
  [[2, 1031], 1],
  [[5], 0],
  [[7, 3], 0],
  [[2, 11, 18], 1],
  [[3, 4, 5, 2], 2],
  [[65, 2, 1], 1],
];

export const softmaxCases: readonly OpCase[] = [
  ...layouts.flatMap(([shape, axis]) => [softmaxCase(shape, { axis }), softmaxCase(shape, { axis, log: true })]),
  // Past where exp overflows without the greatest value taken off.
  softmaxCase([5, 9], { axis: 1 }, 120),
  softmaxCase([5, 9], { axis: 0, log: true }, 120),
  softmaxCase([2, 5, 5], { axis: 2, causal: true }),
  softmaxCase([3, 3, 7], { axis: 2, causal: true }),
  softmaxCase([2, 41, 37], { axis: 2, causal: true }),
];

function softmaxCase(shape: Shape, options: SoftmaxReferenceOptions, bound = 3): OpCase {
  const { axis, log = false, causal = false } = options;
  const call = log ? logSoftmax : softmax;
  return {
    name: `${log ? "logSoftmax" : "softmax"} ${causal ? "causal " : ""}${formatShape(shape)} along ${axis} within ${bound}`,
    inputs: [{ shape, low: -bound, high: bound }],
    run: (x) => (causal ? causalSoftmax(x!) : call(x!, { axis })),
    reference: (x) => softmaxReference(x!, options),
    referenceGradient: ([dy], x) => [softmaxGradientReference(dy, x!, options)],
    tolerance,
  };
}
