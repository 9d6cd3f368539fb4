/** @file Cases of variance, standard deviation, and both moments together. */
import { formatShape, type Shape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import { mapArray, mapPairs, type NdArray } from "../../testing/nd-array.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import { standardDeviation } from "../standard-deviation/standard-deviation.ts";
import { variance } from "../variance/variance.ts";
import {
  type MomentsReferenceOptions,
  momentsGradientReference,
  momentsReference,
  varianceGradientReference,
} from "./moments.reference.ts";
import { moments } from "./moments.ts";

const statistics: Tolerance = {
  forward: 4e-6,
  gradient: 4e-6,
  reason: "two sums of some hundred terms of one sign and a root; the mean's own rounding is squared",
};

/** The mean, near 50, is only known to 50 · 2^−24: some 5e-6 of the deviation of 0.58, which gradients show. */
const offCentre: Tolerance = {
  forward: 4e-6,
  gradient: 2e-5,
  reason: "x − mean keeps the mean's rounding; E[x²] − E[x]² would be off by 2500 · 2^-24, 4e-4 of the variance",
};

const far: InputSpec = { shape: [300, 5], low: 49, high: 51 };

export const momentsCases: readonly OpCase[] = [
  momentsCase({ shape: [3, 7, 5] }, { axes: [0, 2] }),
  momentsCase({ shape: [2, 4, 4, 6] }, { axes: [1, 2], keepDims: true, correction: 1 }),
  momentsCase({ shape: [131] }, {}),
  varianceCase([5, 33], { axes: [1] }),
  { ...varianceCase(far.shape, { axes: [0] }), inputs: [far], name: "variance far from zero", tolerance: offCentre },
  varianceCase([5, 3, 4], { axes: [0], correction: 1 }),
  varianceCase([7, 3], { correction: 0.5, keepDims: true, axes: [1] }),
  deviationCase([5, 33], { axes: [1] }),
  deviationCase([6, 3, 4], { axes: [0, 1], correction: 1, keepDims: true }),
];

function momentsCase(input: InputSpec, options: MomentsReferenceOptions): OpCase {
  return {
    name: title("moments", input.shape, options),
    inputs: [input],
    run: (x) => {
      const { mean, variance: spread } = moments(x!, options);
      return [mean, spread];
    },
    reference: (x) => momentsReference(x!, options),
    referenceGradient: ([dmean, dvariance], x) => [momentsGradientReference(dmean, dvariance!, x!, options)],
    tolerance: statistics,
  };
}

function varianceCase(shape: Shape, options: MomentsReferenceOptions): OpCase {
  return single("variance", variance, shape, options, (_, dy, x) => varianceGradientReference(dy, x, options));
}

/** y = √v, so dv = dy / 2y. */
function deviationCase(shape: Shape, options: MomentsReferenceOptions): OpCase {
  const base = single("standardDeviation", standardDeviation, shape, options, (squared, dy, x) => {
    const dv = mapPairs(dy, squared, (g, v) => g / (2 * Math.sqrt(v)));
    return varianceGradientReference(dv, x, options);
  });
  return { ...base, reference: (x) => mapArray(momentsReference(x!, options)[1], Math.sqrt) };
}

function single(
  name: string,
  op: (x: Tensor, options: MomentsReferenceOptions) => Tensor,
  shape: Shape,
  options: MomentsReferenceOptions,
  gradient: (variance: NdArray, dy: NdArray, x: NdArray) => NdArray,
): OpCase {
  return {
    name: title(name, shape, options),
    inputs: [{ shape }],
    run: (x) => op(x!, options),
    reference: (x) => momentsReference(x!, options)[1],
    referenceGradient: ([dy], x) => [gradient(momentsReference(x!, options)[1], dy, x!)],
    tolerance: statistics,
  };
}

function title(name: string, shape: Shape, { axes, correction = 0 }: MomentsReferenceOptions): string {
  return `${name} ${formatShape(shape)} over ${axes ? `axes ${formatShape(axes)}` : "every axis"}, correction ${correction}`;
}
