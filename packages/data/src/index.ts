export { type AugmentOptions, augment } from "./augment/augment.ts";
export { cropGenerator, type DrawInteger, type Image, randomCrop } from "./augment/crop.ts";
export {
  type FlowOptions,
  ImageDataGenerator,
  type ImageDataGeneratorOptions,
} from "./augment/image-data-generator.ts";
export { type ColorImage, colorImages, preprocessImage, type RawImage } from "./augment/preprocess-image.ts";
export { type FloatOptions, floatBatch, toFloat } from "./augment/to-float.ts";
export { colourisationSet } from "./colour/colourisation-set.ts";
export type { Colours } from "./colour/colours.ts";
export { type KMeansOptions, kMeansColours } from "./colour/k-means-colours.ts";
export { nearestColours, paintColours } from "./colour/nearest-colours.ts";
export { type OverlayOptions, overlayMask } from "./colour/overlay-mask.ts";
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
export { type ImageSet, type Pixels, selectRows } from "./image-set.ts";
export { type ChannelStatistics, channelStatistics } from "./inspection/channel-statistics.ts";
export { type Duplicates, findDuplicates, type ImagePlace } from "./inspection/duplicates.ts";
export { type Grey, toGrey } from "./inspection/grey.ts";
export { type ImageShape, nchwToNhwc, nhwcToNchw } from "./layout.ts";
export { NpyError } from "./npy/errors.ts";
export { type NpyArray, type NpyReadOptions, readNpy, writeNpy } from "./npy/npy.ts";
export { type NpzReadOptions, readNpz, writeNpz } from "./npy/npz.ts";
export { toCategorical } from "./one-hot.ts";
export { PickleError, type PickleFault } from "./pickle/errors.ts";
export { NumpyArray, type NumpyData } from "./pickle/numpy.ts";
export { type UnpickleOptions, unpickle } from "./pickle/unpickle.ts";
export type { PickleEncoding, PickleKey, PickleLimits, PickleValue } from "./pickle/value.ts";
export { type Batch, type Batches, type BatchOptions, batches } from "./pipeline/batches.ts";
export { Dataset, type DatasetIterator, type DatasetState } from "./pipeline/dataset.ts";
export { type ImageRecord, stackImages } from "./pipeline/image-records.ts";
export type { InterleaveOptions } from "./pipeline/order-stages.ts";
export { permutation } from "./pipeline/permutation.ts";
export { prefetch } from "./pipeline/prefetch.ts";
export type { ReadAheadOptions, Workers } from "./pipeline/read-ahead.ts";
export { stratifiedSplit } from "./pipeline/split.ts";
export type { MapFunction, Place } from "./pipeline/transform-stages.ts";
export {
  type FittedArrays,
  type FittedSettings,
  NORMALIZATIONS,
  type Normalization,
  Preprocessor,
  type PreprocessorSettings,
} from "./preprocess/preprocessor.ts";
export { decodePreprocessor, encodePreprocessor } from "./preprocess/preprocessor-file.ts";
export { sharpen } from "./preprocess/sharpen.ts";
export type { PreprocessProgress, WorkOptions } from "./preprocess/whitening.ts";
export { type PrepareOptions, prepareSet } from "./processed/prepare.ts";
export type { ProcessedMetadata, ProcessedSet, SourceFile } from "./processed/processed-set.ts";
export type { Cifar, CifarLabels } from "./sources/cifar.ts";
export { type CifarBatch, decodeCifarBatch } from "./sources/cifar-batch.ts";
export { CIFAR10_NAMES, CIFAR100_COARSE_NAMES, CIFAR100_FINE_NAMES } from "./sources/cifar-names.ts";
export { type LabelledSet, selectClasses, subset } from "./sources/labelled-set.ts";
export { type ReadImageSetOptions, readImageSet } from "./sources/read-image-set.ts";
