export {
  ArgumentError,
  CorruptArchiveError,
  CorruptRecordError,
  DataError,
  MissingDataError,
} from "./errors.ts";
export { type CodecChoice, type CodecReport, imageCodecs } from "./image/codec.ts";
export { type DecodeOptions, decodeImage } from "./image/decode-image.ts";
export { ImageError } from "./image/errors.ts";
export { resizeBilinear } from "./image/resize-bilinear.ts";
export type { RgbImage } from "./image/rgb-image.ts";
export { type ImageSet, selectRows } from "./image-set.ts";
export { type ImageShape, nchwToNhwc, nhwcToNchw } from "./layout.ts";
export { NpyError } from "./npy/errors.ts";
export { type NpyArray, type NpyReadOptions, readNpy, writeNpy } from "./npy/npy.ts";
export { type NpzReadOptions, readNpz, writeNpz } from "./npy/npz.ts";
export { PickleError, type PickleFault } from "./pickle/errors.ts";
export { NumpyArray, type NumpyData } from "./pickle/numpy.ts";
export { type UnpickleOptions, unpickle } from "./pickle/unpickle.ts";
export type { PickleEncoding, PickleKey, PickleLimits, PickleValue } from "./pickle/value.ts";
export { type Batch, type Batches, type BatchOptions, batches } from "./pipeline/batches.ts";
export { permutation } from "./pipeline/permutation.ts";
export { prefetch } from "./pipeline/prefetch.ts";
export { stratifiedSplit } from "./pipeline/split.ts";
export type { Cifar, CifarLabels } from "./sources/cifar.ts";
export { type CifarBatch, decodeCifarBatch } from "./sources/cifar-batch.ts";
export { CIFAR10_NAMES, CIFAR100_COARSE_NAMES, CIFAR100_FINE_NAMES } from "./sources/cifar-names.ts";
export { type LabelledSet, selectClasses, subset } from "./sources/labelled-set.ts";
