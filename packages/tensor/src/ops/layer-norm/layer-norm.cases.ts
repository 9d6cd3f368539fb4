/** @file Cases of layer normalisation. */
import { formatShape, type Shape } from "../../shape.ts";
import type { InputSpec, OpCase } from "../../testing/case.ts";
import type { Tolerance } from "../../testing/tolerance.ts";
import { layerNormGradientReference, layerNormReference } from "./layer-norm.reference.ts";
import { layerNorm } from "./layer-norm.ts";

const epsilon = 1e-3;

const statistics: Tolerance = {
  forward: 4e-6,
  gradient: 1e-5,
  reason: "two sums over the row, a root, and in dx the difference of three terms of one size",
};

/** The mean, near 50, is only known to 50 · 2^−24: some 5e-6 of the deviation of 0.58. */
const offCentre: Tolerance = {
  forward: 2e-5,
  gradient: 2e-5,
  reason: "x − mean keeps the mean's rounding; E[x²] − E[x]² would be off by 2500 · 2^-24, 4e-4 of the variance",
};

export const layerNormCases: readonly OpCase[] = [
  layerNormCase([3, 7], [7]),
  layerNormCase([2, 5, 3, 18], [18]),
  layerNormCase([4, 3, 5, 2], [3, 5, 2]),
  layerNormCase([131], [131]),
  layerNormCase([2, 1031], [1031]),
  layerNormCase([65, 2], [2]),
  layerNormCase([3, 1], [1]),
  { ...layerNormCase([3, 300], [300], { low: 49, high: 51 }), name: "layerNorm far from zero", tolerance: offCentre },
];

function layerNormCase(shape: Shape, normalized: Shape, range: Omit<InputSpec, "shape"> = {}): OpCase {
  return {
    name: `layerNorm ${formatShape(shape)} over ${formatShape(normalized)}`,
    inputs: [{ shape, ...range }, { shape: normalized, low: 0.5, high: 1.5 }, { shape: normalized }],
    run: (x, scale, offset) => layerNorm(x!, { scale: scale!, offset: offset!, epsilon }),
    reference: (x, scale, offset) => layerNormReference(x!, scale!, offset!, epsilon),
    referenceGradient: ([dy], x, scale) => layerNormGradientReference(dy, x!, scale!, epsilon),
    tolerance: statistics,
  };
}
