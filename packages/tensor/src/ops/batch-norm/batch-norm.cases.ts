/** @file Cases of batch normalisation, in training and in inference. */
import { formatShape, type Shape } from "../../shape.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import { batchNormGradientReference, batchNormInferenceReference, batchNormReference } from "./batch-norm.reference.ts";
import { batchNorm, batchNormInference } from "./batch-norm.ts";

const epsilon = 1e-3;
const positive = { low: 0.5, high: 1.5 };

const statistics: Tolerance = {
  forward: 4e-6,
  gradient: 1e-5,
  reason: "two sums over the batch, a root, and in dx the difference of three terms of one size",
};

/** The mean, near 50, is only known to 50 · 2^−24: some 5e-6 of the deviation of 0.58. */
const offCentre: Tolerance = {
  forward: 2e-5,
  gradient: 2e-5,
  reason: "x − mean keeps the mean's rounding; E[x²] − E[x]² would be off by 2500 · 2^-24, 4e-4 of the variance",
};

export const batchNormCases: readonly OpCase[] = [
  trainingCase([3, 7, 5, 11]),
  trainingCase([13, 5]),
  trainingCase([2, 4, 4, 37]),
  trainingCase([1031, 3]),
  // More elements than a software adapter's invocations, and more channels.
  trainingCase([3, 13, 11, 13]),
  trainingCase([2, 4111]),
  trainingCase([2, 3, 1]),
  trainingCase([5, 1, 1, 4]),
  { ...trainingCase([300, 5], { low: 49, high: 51 }), name: "batchNorm far from zero", tolerance: offCentre },
  inferenceCase([3, 7, 5, 11]),
  inferenceCase([5, 3]),
];

function trainingCase(shape: Shape, range: Omit<InputSpec, "shape"> = {}): OpCase {
  const channels = shape.at(-1)!;
  return {
    name: `batchNorm ${formatShape(shape)}`,
    inputs: [{ shape, ...range }, { shape: [channels], ...positive }, { shape: [channels] }],
    run: (x, scale, offset) => {
      const { y, mean, variance } = batchNorm(x, { scale, offset, epsilon });
      return [y, mean, variance];
    },
    reference: (x, scale, offset) => batchNormReference(x, scale, offset, epsilon),
    referenceGradient: ([dy], x, scale, offset) => batchNormGradientReference(dy, x, scale, offset, epsilon),
    // Mean and variance feed the moving averages, not the loss.
    differentiableOutputs: 1,
    tolerance: statistics,
  };
}

function inferenceCase(shape: Shape): OpCase {
  const channels = shape.at(-1)!;
  return {
    name: `batchNormInference ${formatShape(shape)}`,
    inputs: [
      { shape },
      { shape: [channels], ...positive },
      { shape: [channels] },
      { shape: [channels], gradient: false },
      { shape: [channels], gradient: false, ...positive },
    ],
    run: (x, scale, offset, mean, variance) => batchNormInference(x, { scale, offset, mean, variance, epsilon }),
    reference: (x, scale, offset, mean, variance) =>
      batchNormInferenceReference(x, scale, offset, mean, variance, epsilon),
    tolerance: statistics,
  };
}
