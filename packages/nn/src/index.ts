/** @file The public face of `@tessera/nn`. */
export { type Batch, PixelScale, type PixelScaleOptions } from "./batch.ts";
export {
  eventFileName,
  type TensorBoardBytes,
  type TensorBoardEvents,
  type TensorBoardMoment,
  tensorBoardEvents,
} from "./callbacks/tensorboard.ts";
export {
  type Batches,
  type EpochResult,
  evaluate,
  type FitOptions,
  type FitResult,
  fit,
  type InferenceOptions,
  type Progress,
  predict,
} from "./fit.ts";
export { glorotUniform, ones, parameter, RandomStreams, statistic, zeros } from "./initializers.ts";
export { Activation, type ActivationName } from "./layers/activation.ts";
export { BatchNormalization, type BatchNormalizationOptions } from "./layers/batch-normalization.ts";
export { Conv2D, type Conv2DOptions } from "./layers/conv2d.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { Dropout } from "./layers/dropout.ts";
export { Flatten } from "./layers/flatten.ts";
export { LayerNormalization, type LayerNormalizationOptions } from "./layers/layer-normalization.ts";
export { MaxPooling2D, type MaxPooling2DOptions } from "./layers/max-pooling2d.ts";
export {
  type AttentionInputs,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./layers/multi-head-attention.ts";
export { Sequential } from "./layers/sequential.ts";
export { Softmax } from "./layers/softmax.ts";
export { type Metrics, RunningMetrics, topKAccuracy } from "./metrics.ts";
export { type CnnOptions, cnn } from "./models/cnn.ts";
export { type MiniCnnOptions, miniCnn } from "./models/mini-cnn.ts";
export { Module } from "./module.ts";
export { type AdamOptions, adam } from "./optim/adam.ts";
export { Optimizer } from "./optim/optimizer.ts";
export { type SgdOptions, sgd } from "./optim/sgd.ts";
export { type Readings, step } from "./step.ts";
export { formatSummary, type Summary, type SummaryRow, summarize } from "./summary.ts";
export { loadCheckpoint, loadWeights, saveCheckpoint, saveWeights } from "./weights.ts";
