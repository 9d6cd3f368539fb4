/** @file The public face of `@tessera/nn`. */

export { type Activations, activationsOf } from "./activations.ts";
export { type BatchTransform, compose, type DeviceBatch } from "./augment/batch-transform.ts";
export { type HorizontalFlipOptions, horizontalFlip, type PadCropOptions, padCrop } from "./augment/crops.ts";
export type { DrawOptions } from "./augment/draws.ts";
export {
  type CoarseDropoutOptions,
  type CutoutOptions,
  coarseDropout,
  cutout,
  type RandomErasingOptions,
  randomErasing,
} from "./augment/erasing.ts";
export { type CutmixOptions, cutmix, type MixupOptions, mixup } from "./augment/mixing.ts";
export { type PcaColourOptions, pcaColour } from "./augment/pca-colour.ts";
export { type RandomResizedCropOptions, randomResizedCrop } from "./augment/random-resized-crop.ts";
export { type SomeOfOptions, someOfCropFlipDropout } from "./augment/some-of-crop-flip-dropout.ts";
export { AveragedViews, type TestTimeAugmentation, type View, viewsOf } from "./averaged-views.ts";
export { type Batch, PixelScale, type PixelScaleOptions } from "./batch.ts";
export type { Callback, EpochResult, Json, Progress, TrainingContext } from "./callback.ts";
export {
  type DropBlockSchedulerOptions,
  type DropoutRateSchedulerOptions,
  type DropoutSchedule,
  type DropoutStage,
  type DrSchedulerOptions,
  dropBlockScheduler,
  dropoutRateScheduler,
  drScheduler,
  type Elu18DropoutOptions,
  elu18DropoutStages,
  linearKeepProbability,
} from "./callbacks/drop-schedulers.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./callbacks/early-stopping.ts";
export {
  type LearningRateSchedulerOptions,
  learningRateScheduler,
  lrScheduler,
  type ScheduleOptions,
  stepLearningRateSchedulerAt,
  type Unit,
} from "./callbacks/learning-rate-scheduler.ts";
export { type ModelCheckpointOptions, modelCheckpoint, type WriteFile } from "./callbacks/model-checkpoint.ts";
export { type NanGuardOptions, nanGuard } from "./callbacks/nan-guard.ts";
export { type ReduceOnPlateauOptions, reduceOnPlateau } from "./callbacks/reduce-on-plateau.ts";
export {
  eventFileName,
  type TensorBoardBytes,
  type TensorBoardEvents,
  type TensorBoardMoment,
  tensorBoardEvents,
} from "./callbacks/tensorboard.ts";
export { type TrainingCheckpointOptions, trainingCheckpoint } from "./callbacks/training-checkpoint.ts";
export type { Mode } from "./callbacks/watch.ts";
export { Composite, type Wiring } from "./composite.ts";
export { type DeviceImages, DeviceSet, type DeviceSetOptions } from "./device-set.ts";
export type { BatchPart } from "./distributed/batch-part.ts";
export { partBounds } from "./distributed/batch-part.ts";
export type { DistributedOptions, RankCommunicator } from "./distributed/communicator.ts";
export { type Batches, type EvaluateOptions, evaluate, type InferenceOptions, predict } from "./evaluate.ts";
export { type FitOptions, type FitResult, fit } from "./fit.ts";
export type { CallbackState, FitState } from "./fit-state.ts";
export { type Replay, type ReplayOptions, replayDump } from "./guard/nan-dump.ts";
export { describeNonFinite, type NonFinite, NonFiniteError, type StepPlace } from "./guard/non-finite.ts";
export {
  fanInUniform,
  glorotUniform,
  heNormal,
  type Initializer,
  ones,
  parameter,
  RandomStreams,
  statistic,
  zeros,
} from "./initializers.ts";
export { InputMeter } from "./input-meter.ts";
export { Activation, type ActivationName } from "./layers/activation.ts";
export { AveragePooling2D } from "./layers/average-pooling2d.ts";
export { BatchNormalization, type BatchNormalizationOptions } from "./layers/batch-normalization.ts";
export { Conv2D, type Conv2DOptions } from "./layers/conv2d.ts";
export { Conv2DTranspose, type Conv2DTransposeOptions } from "./layers/conv2d-transpose.ts";
export { Dense, type DenseOptions } from "./layers/dense.ts";
export { DepthwiseConv2D, type DepthwiseConv2DOptions } from "./layers/depthwise-conv2d.ts";
export { DropBlock2D, type DropBlock2DOptions } from "./layers/drop-block2d.ts";
export { Dropout } from "./layers/dropout.ts";
export { Flatten } from "./layers/flatten.ts";
export { GlobalAveragePooling2D } from "./layers/global-average-pooling2d.ts";
export { GlobalMaxPooling2D } from "./layers/global-max-pooling2d.ts";
export { LayerNormalization, type LayerNormalizationOptions } from "./layers/layer-normalization.ts";
export { MaxPooling2D } from "./layers/max-pooling2d.ts";
export {
  type AttentionInputs,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./layers/multi-head-attention.ts";
export type { Pooling2DOptions } from "./layers/pooling2d.ts";
export { Rescaling } from "./layers/rescaling.ts";
export { Residual } from "./layers/residual.ts";
export { SelfAttention2D, type SelfAttention2DOptions } from "./layers/self-attention2d.ts";
export { SeparableConv2D, type SeparableConv2DOptions } from "./layers/separable-conv2d.ts";
export { Sequential } from "./layers/sequential.ts";
export { SkipConnection } from "./layers/skip-connection.ts";
export { Softmax } from "./layers/softmax.ts";
export { UpSampling2D, type UpSampling2DOptions } from "./layers/up-sampling2d.ts";
export { ZeroPadding2D } from "./layers/zero-padding2d.ts";
export {
  findLearningRate,
  type LearningRateFinderOptions,
  type LearningRatePoint,
  type LearningRateSuggestion,
} from "./learning-rate-finder.ts";
export {
  accuracyOf,
  type ClassReport,
  type Confusion,
  ConfusionMatrix,
  intersectionOverUnion,
  meanIoU,
  mostConfused,
  perClass,
  weightedIoU,
} from "./metrics/confusion-matrix.ts";
export { type FrequencyBaseline, frequencyBaseline } from "./metrics/frequency-baseline.ts";
export { PredictionRecorder, type PredictionRecorderOptions, type Predictions } from "./metrics/prediction-recorder.ts";
export { argmaxRows, softmaxRows, topKShare } from "./metrics/scores.ts";
export {
  type SuperclassReport,
  superclassesOf,
  superclassProbabilities,
  superclassReport,
} from "./metrics/superclasses.ts";
export { type ClassificationMetric, type Metrics, type RunningState, topKAccuracy } from "./metrics.ts";
export { type AlexnetOptions, alexnet } from "./models/alexnet.ts";
export { attention } from "./models/attention.ts";
export { type CnnOptions, cnn } from "./models/cnn.ts";
export { cnnDropBlock } from "./models/cnn-drop-block.ts";
export { type ColorizeOptions, colorizeCnn, colorizeUnet } from "./models/colorize.ts";
export { type DeeplabOptions, deeplab, deeplabBackbone, loadBackbone } from "./models/deeplab.ts";
export type { DropBlockOptions } from "./models/drop-block-network.ts";
export { elu11Paper } from "./models/elu11-paper.ts";
export { type Elu18Options, elu18 } from "./models/elu18.ts";
export { elu18Paper } from "./models/elu18-paper.ts";
export { miniCnn } from "./models/mini-cnn.ts";
export type { ModelOptions } from "./models/model-options.ts";
export { resnetDropBlock } from "./models/resnet-drop-block.ts";
export { type Resnet9Options, resnet9 } from "./models/resnet9.ts";
export { resnet18 } from "./models/resnet18.ts";
export { separable } from "./models/separable.ts";
export { type ForwardCost, inARow, Module, type Part, type Regularizer } from "./module.ts";
export { type ClassificationOptions, classification, type Objective, type Scalars, type Totals } from "./objective.ts";
export {
  type AdamOptions,
  type AdamSettings,
  type AdamwOptions,
  type AdamwSettings,
  adam,
  adamw,
} from "./optim/adam.ts";
export { decayGroups } from "./optim/decay-groups.ts";
export { type ClipOptions, type GroupState, Optimizer } from "./optim/optimizer.ts";
export {
  type GroupOptions,
  type GroupSettings,
  ParameterGroup,
  type Parameters,
} from "./optim/parameter-group.ts";
export { type RmspropOptions, type RmspropSettings, rmsprop } from "./optim/rmsprop.ts";
export { type SgdOptions, type SgdSettings, sgd } from "./optim/sgd.ts";
export { type EmaOptions, ema, swa, WeightAverage } from "./optim/weight-average.ts";
export { IGNORE_INDEX, pixelClassification } from "./pixel-objective.ts";
export {
  type CosineDecayOptions,
  constant,
  cosineDecay,
  type ExponentialDecayOptions,
  exponentialDecay,
  type MultiStepDecayOptions,
  multiStepDecay,
  type OneCycleOptions,
  oneCycle,
  type PiecewiseConstantOptions,
  piecewiseConstant,
  type Schedule,
  type StepDecayOptions,
  stepDecay,
  type WarmUpOptions,
  warmUp,
} from "./schedule/schedule.ts";
export { type Readings, step } from "./step.ts";
export { formatSummary, type Summary, type SummaryOptions, type SummaryRow, summarize } from "./summary.ts";
export { type StepOptions, TrainingStep } from "./training-step.ts";
export {
  type CheckpointContents,
  type CheckpointExtras,
  deviceVariant,
  loadCheckpoint,
  loadWeights,
  type SaveWeightsOptions,
  saveCheckpoint,
  saveWeights,
} from "./weights.ts";
