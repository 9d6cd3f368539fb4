/** @file Variances as other ops make them up: from squared deviations, never a difference of squares. */
import { noGradient } from "../../autograd.ts";
import { ArgumentError } from "../../errors.ts";
import { normalizeAxes, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { div } from "../div/div.ts";
import { mean } from "../mean/mean.ts";
import type { ReduceOptions } from "../reduce/reduce.ts";
import { reshape } from "../reshape/reshape.ts";
import { square } from "../square/square.ts";
import { sub } from "../sub/sub.ts";
import { sum } from "../sum/sum.ts";

/** Options of the variances. */
export interface VarianceOptions extends ReduceOptions {
  /**
   * What is taken off the number of values to divide by: 0 for the biased variance (Keras, TensorFlow), 1 for Bessel's
   * correction (PyTorch). Default: 0.
   */
  readonly correction?: number;
}

/** Checks axes and correction, before anything is computed. */
export function checkVariance(name: string, x: Tensor, { axes, correction = 0 }: VarianceOptions): void {
  const count = sizeOf(normalizeAxes(name, axes, x.rank).map((axis) => x.shape[axis]!));
  if (count === 0 || (correction >= 0 && correction < count)) return;
  throw new ArgumentError(
    `${name}: correction must be at least 0 and below the number of values, ${count}, got ${correction}`,
  );
}

/**
 * Σ (x − mean)² / (n − correction), from a mean that was taken over the same axes, with or without keeping them; the
 * options are {@link checkVariance checked}. Call it in a scope. No
 * gradient flows through the mean: the deviations sum to 0, so the variance does not change with it.
 */
export function varianceAround(name: string, x: Tensor, average: Tensor, options: VarianceOptions): Tensor {
  const { keepDims = false, correction = 0 } = options;
  const axes = normalizeAxes(name, options.axes, x.rank);
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  // NaN, as for the mean.
  if (count === 0) return mean(x, { axes, keepDims });
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const centre = noGradient(() => reshape(average, kept));
  const deviations = sub(x, centre);
  const squares = square(deviations);
  const total = sum(squares, { axes, keepDims });
  const result = div(total, count - correction);
  result.own([centre, deviations, squares, total]);
  return result;
}
