/** @file The public face of `@tessera/tensor`. */
export { Arena } from "./arena.ts";
export { noGradient } from "./autograd.ts";
export { type CpuDevice, type CpuOptions, openCpu } from "./devices/cpu/cpu-device.ts";
export { defaultDevice, setDefaultDevice } from "./devices/default-device.ts";
export type { Device, MemoryUse } from "./devices/device.ts";
export { measurePeak, type Peak } from "./devices/measure-peak.ts";
export { type DeviceChoice, openDevice } from "./devices/open-device.ts";
export { type Profile, profile } from "./devices/profile.ts";
export type { KernelTime, ProfileEntry } from "./devices/profiler.ts";
export { stepSlot, type WordSlot } from "./devices/step-words.ts";
export type { AdapterOptions } from "./devices/webgpu/adapter.ts";
export { type AdapterEntry, listAdapters } from "./devices/webgpu/list-adapters.ts";
export { openWebgpu, type WebgpuOptions } from "./devices/webgpu/open-webgpu.ts";
export type { VariantChoices } from "./devices/webgpu/tuner/cache.ts";
export type { TuneMode, TunerOptions } from "./devices/webgpu/tuner/device-tuner.ts";
export { fileStorage, type TunerStorage } from "./devices/webgpu/tuner/storage.ts";
export type { TuneReport, VariantTiming } from "./devices/webgpu/tuner/tuner.ts";
export type { WebgpuCounters, WebgpuDevice } from "./devices/webgpu/webgpu-device.ts";
export {
  ArgumentError,
  DeviceError,
  DTypeError,
  type ErrorDetails,
  ScopeError,
  ShapeError,
  TesseraError,
} from "./errors.ts";
export { gradients } from "./gradients.ts";
export { HostLoan, lendToHost } from "./host-loan.ts";
export type { Activation } from "./ops/activation.ts";
export { type AdamAttributes, type AdamDecay, type AdamTargets, AdamWords, adamUpdate } from "./ops/adam/adam.ts";
export { add } from "./ops/add/add.ts";
export { argmax } from "./ops/argmax/argmax.ts";
export { type AttentionOptions, scaledDotProductAttention } from "./ops/attention/attention.ts";
export {
  type Augmentation,
  type AugmentBatchFromStepOptions,
  type AugmentBatchOptions,
  augmentBatch,
  augmentBatchFromStep,
} from "./ops/augment-batch/augment-batch.ts";
export { averagePool } from "./ops/average-pool/average-pool.ts";
export {
  type BatchNormInferenceOptions,
  type BatchNormOptions,
  type BatchNormResult,
  batchNorm,
  batchNormInference,
} from "./ops/batch-norm/batch-norm.ts";
export {
  type BatchNormExchange,
  type SynchronisedBatchNormOptions,
  synchronisedBatchNorm,
} from "./ops/batch-norm/synchronised-batch-norm.ts";
export { clip } from "./ops/clip/clip.ts";
export { clipGradientNorm, clipGradientValue } from "./ops/clip-gradients/clip-gradients.ts";
export { concat } from "./ops/concat/concat.ts";
export { type Conv2dOptions, conv2d } from "./ops/conv2d/conv2d.ts";
export type { WindowOptions } from "./ops/conv2d/geometry.ts";
export {
  type Conv2dTransposeOptions,
  conv2dTranspose,
  conv2dTransposeShape,
} from "./ops/conv2d-transpose/conv2d-transpose.ts";
export type { TransposedWindowOptions } from "./ops/conv2d-transpose/geometry.ts";
export { countNonFinite } from "./ops/count-non-finite/count-non-finite.ts";
export { type CropAndResizeOptions, cropAndResize } from "./ops/crop-and-resize/crop-and-resize.ts";
export { type CrossEntropyOptions, crossEntropy } from "./ops/cross-entropy/cross-entropy.ts";
export { type DepthwiseConv2dOptions, depthwiseConv2d } from "./ops/depthwise-conv2d/depthwise-conv2d.ts";
export { div } from "./ops/div/div.ts";
export {
  type DropBlockFromStepOptions,
  type DropBlockOptions,
  DropBlockWords,
  dropBlock,
  dropBlockFromStep,
} from "./ops/drop-block/drop-block.ts";
export {
  type DropoutFromStepOptions,
  type DropoutOptions,
  DropoutWords,
  dropout,
  dropoutFromStep,
} from "./ops/dropout/dropout.ts";
export { elu } from "./ops/elu/elu.ts";
export { equal } from "./ops/equal/equal.ts";
export { eraseBoxes } from "./ops/erase-boxes/erase-boxes.ts";
export { exp } from "./ops/exp/exp.ts";
export { gather } from "./ops/gather/gather.ts";
export { gelu } from "./ops/gelu/gelu.ts";
export { globalAveragePool } from "./ops/global-average-pool/global-average-pool.ts";
export { greater } from "./ops/greater/greater.ts";
export { greaterEqual } from "./ops/greater-equal/greater-equal.ts";
export { l2Penalty } from "./ops/l2-penalty/l2-penalty.ts";
export { type LayerNormOptions, layerNorm } from "./ops/layer-norm/layer-norm.ts";
export { leakyRelu } from "./ops/leaky-relu/leaky-relu.ts";
export { less } from "./ops/less/less.ts";
export { lessEqual } from "./ops/less-equal/less-equal.ts";
export { log } from "./ops/log/log.ts";
export { logSoftmax } from "./ops/log-softmax/log-softmax.ts";
export { lookupTable } from "./ops/lookup-table/lookup-table.ts";
export { type MatmulOptions, matmul } from "./ops/matmul/matmul.ts";
export { max } from "./ops/max/max.ts";
export { maxPool } from "./ops/max-pool/max-pool.ts";
export { maximum } from "./ops/maximum/maximum.ts";
export { mean } from "./ops/mean/mean.ts";
export { minimum } from "./ops/minimum/minimum.ts";
export type { VarianceOptions } from "./ops/moments/around-mean.ts";
export { type Moments, moments } from "./ops/moments/moments.ts";
export {
  MovingAverageWords,
  movingAverage,
  movingAverageFromStep,
} from "./ops/moving-average/moving-average.ts";
export { mul } from "./ops/mul/mul.ts";
export { neg } from "./ops/neg/neg.ts";
export { oneHot } from "./ops/one-hot/one-hot.ts";
export { defineOp, defineUpdate, type Op, type OpDefinition, type Update, type UpdateDefinition } from "./ops/op.ts";
export { pad } from "./ops/pad/pad.ts";
export type { PoolOptions } from "./ops/pool-geometry.ts";
export type { ReduceOptions } from "./ops/reduce/reduce.ts";
export { relu } from "./ops/relu/relu.ts";
export { reshape } from "./ops/reshape/reshape.ts";
export { type RmspropAttributes, type RmspropTargets, RmspropWords, rmspropUpdate } from "./ops/rmsprop/rmsprop.ts";
export { type SgdAttributes, type SgdStep, type SgdTargets, SgdWords, sgdUpdate } from "./ops/sgd/sgd.ts";
export { sigmoid } from "./ops/sigmoid/sigmoid.ts";
export { silu } from "./ops/silu/silu.ts";
export { slice } from "./ops/slice/slice.ts";
export type { SoftmaxOptions } from "./ops/softmax/along-axis.ts";
export { causalSoftmax, softmax } from "./ops/softmax/softmax.ts";
export { softplus } from "./ops/softplus/softplus.ts";
export { sqrt } from "./ops/sqrt/sqrt.ts";
export { square } from "./ops/square/square.ts";
export { standardDeviation } from "./ops/standard-deviation/standard-deviation.ts";
export { sub } from "./ops/sub/sub.ts";
export { sum } from "./ops/sum/sum.ts";
export { sumOfSquares } from "./ops/sum-of-squares/sum-of-squares.ts";
export { tanh } from "./ops/tanh/tanh.ts";
export { topKHits } from "./ops/top-k-hits/top-k-hits.ts";
export { transpose } from "./ops/transpose/transpose.ts";
export type { Interpolation, UpsampleOptions } from "./ops/upsample2d/geometry.ts";
export { upsample2d } from "./ops/upsample2d/upsample2d.ts";
export { variance } from "./ops/variance/variance.ts";
export { where } from "./ops/where/where.ts";
export { normal, type RandomKey, randomBits, uniform } from "./random.ts";
export { keep, scope, trackLeaks } from "./scope.ts";
export { type DType, formatShape, type Shape, sameShape, sizeOf, type TensorSpec } from "./shape.ts";
export { Reading, type StepRing, stepRing } from "./step-ring.ts";
export {
  copyTensor,
  type NestedNumbers,
  Tensor,
  type TensorData,
  type TensorOptions,
  tensor,
  writeTensor,
} from "./tensor.ts";
export { watchGradient } from "./watch-gradient.ts";
