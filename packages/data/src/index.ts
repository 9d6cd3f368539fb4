export {
  ArgumentError,
  CorruptArchiveError,
  CorruptRecordError,
  DataError,
  MissingDataError,
} from "./errors.ts";
export { type CodecChoice, type CodecReport, imageCodecs } from "./image/codec.ts";
export { crop, type Window } from "./image/crop.ts";
export { type DecodeOptions, decodeImage } from "./image/decode-image.ts";
export { encodeJpeg } from "./image/encode-jpeg.ts";
export { ImageError } from "./image/errors.ts";
export { centerCrop, type Geometry, processImage, scaleShortestSide } from "./image/process-image.ts";
export { resizeBilinear } from "./image/resize-bilinear.ts";
export type { RgbImage } from "./image/rgb-image.ts";
export { type ImageSet, selectRows } from "./image-set.ts";
export { type ImageShape, nchwToNhwc, nhwcToNchw } from "./layout.ts";
export { PickleError, type PickleFault } from "./pickle/errors.ts";
export type { NumpyArray, NumpyData } from "./pickle/numpy.ts";
export { unpickle } from "./pickle/unpickle.ts";
export type { PickleKey, PickleLimits, PickleValue } from "./pickle/value.ts";
export { type Batch, type Batches, type BatchOptions, batches } from "./pipeline/batches.ts";
export { permutation } from "./pipeline/permutation.ts";
export { prefetch } from "./pipeline/prefetch.ts";
export { stratifiedSplit } from "./pipeline/split.ts";
export type { Cifar, CifarLabels } from "./sources/cifar.ts";
export { type CifarBatch, decodeCifarBatch } from "./sources/cifar-batch.ts";
