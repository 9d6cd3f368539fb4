/** @file Float64 oracle of mean and variance over axes. */
import { mapArray, mapPairs, type NdArray } from "../../testing/nd-array.ts";
import {
  meanGradientReference,
  meanReference,
  type ReductionOptions,
  sumGradientReference,
  sumReference,
} from "../reduce/reduce.reference.ts";

export interface MomentsReferenceOptions extends ReductionOptions {
  readonly correction?: number;
}

/** [mean, variance]. */
export function momentsReference(x: NdArray, options: MomentsReferenceOptions): [mean: NdArray, variance: NdArray] {
  const mean = meanReference(x, options);
  const squares = mapArray(deviations(x, options), (value) => value * value);
  const divisor = x.data.length / mean.data.length - (options.correction ?? 0);
  return [mean, mapArray(sumReference(squares, options), (value) => value / divisor)];
}

/** dmean / n + 2 (x − mean) dvariance / (n − correction). */
export function momentsGradientReference(
  dmean: NdArray,
  dvariance: NdArray,
  x: NdArray,
  options: MomentsReferenceOptions,
): NdArray {
  const throughVariance = varianceGradientReference(dvariance, x, options);
  return mapPairs(meanGradientReference(dmean, x, options), throughVariance, (a, b) => a + b);
}

/** 2 (x − mean) dvariance / (n − correction). */
export function varianceGradientReference(dvariance: NdArray, x: NdArray, options: MomentsReferenceOptions): NdArray {
  const divisor = x.data.length / dvariance.data.length - (options.correction ?? 0);
  const spread = sumGradientReference(dvariance, x, options);
  return mapPairs(deviations(x, options), spread, (deviation, g) => (2 * deviation * g) / divisor);
}

function deviations(x: NdArray, options: ReductionOptions): NdArray {
  return mapPairs(x, sumGradientReference(meanReference(x, options), x, options), (value, mean) => value - mean);
}
