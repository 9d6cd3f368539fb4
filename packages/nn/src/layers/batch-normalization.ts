import {
  type BatchNormExchange,
  batchNorm,
  batchNormInference,
  movingAverage,
  noGradient,
  type Shape,
  synchronisedBatchNorm,
  type Tensor,
} from "@tessera/tensor";
import { ones, statistic, zeros } from "../initializers.ts";
import { Module } from "../module.ts";
import { checkChannels } from "./layer-shapes.ts";

/** Options of {@link BatchNormalization}. */
export interface BatchNormalizationOptions {
  /** Size of the last axis. */
  readonly inputs: number;
  /** Share of the old value that a moving statistic keeps in a step. Default: 0.99, Keras's. */
  readonly momentum?: number;
  /** Added to the variance. Default: 1e-3, Keras's. */
  readonly epsilon?: number;
}

/**
 * Batch normalisation over the last axis: gamma · (x − mean) / √(variance + ε) + beta (Ioffe and Szegedy, 2015). In
 * training the batch's own statistics are used and the moving ones move towards them (the biased variance, as in
 * Keras 3); in inference the moving ones are used.
 */
export class BatchNormalization extends Module {
  readonly kind = "BatchNormalization";
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly movingMean: Tensor;
  readonly movingVariance: Tensor;
  readonly momentum: number;
  readonly epsilon: number;
  /** How parts of a batch come to the statistics of all of it: `fit` sets it for a step of several ranks. */
  exchange: BatchNormExchange | null = null;

  constructor({ inputs, momentum = 0.99, epsilon = 1e-3 }: BatchNormalizationOptions) {
    super();
    this.gamma = ones([inputs]);
    this.beta = zeros([inputs]);
    this.movingMean = statistic(new Float32Array(inputs), [inputs]);
    this.movingVariance = statistic(new Float32Array(inputs).fill(1), [inputs]);
    this.momentum = momentum;
    this.epsilon = epsilon;
  }

  forward(x: Tensor): Tensor {
    const affine = { scale: this.gamma, offset: this.beta, epsilon: this.epsilon };
    if (!this.training) {
      return batchNormInference(x, { ...affine, mean: this.movingMean, variance: this.movingVariance });
    }
    const { exchange } = this;
    const { y, mean, variance } = exchange ? synchronisedBatchNorm(x, { ...affine, exchange }) : batchNorm(x, affine);
    noGradient(() => {
      movingAverage(this.movingMean, mean, this.momentum);
      movingAverage(this.movingVariance, variance, this.momentum);
    });
    y.own([mean, variance]);
    return y;
  }

  outputShape(input: Shape): Shape {
    checkChannels("BatchNormalization", input, input.length, this.gamma.shape[0]!);
    return input;
  }
}
