export { downloadCifar, placeCifar } from "./download/cifar-archives.ts";
export {
  downloadCifar10FromNpm,
  type MirroredBatch,
  type MirrorOptions,
  type MirrorProgress,
} from "./download/cifar10-npm.ts";
export { type Downloaded, type DownloadOptions, type DownloadProgress, download } from "./download/download.ts";
export { ChecksumError, DownloadError } from "./download/errors.ts";
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
export { type LabelMapOptions, makeLabelMap } from "./imagenet/make-label-map.ts";
export {
  mergePreprocessed,
  type Preprocessed,
  type PreprocessOptions,
  type PreprocessProgress,
  preprocess,
} from "./imagenet/preprocess.ts";
export { type ShardShare, shardShare } from "./imagenet/scheduler.ts";
export { loadCifar } from "./sources/load-cifar.ts";
export {
  type MeanRgb,
  type MeanRgbOptions,
  type MeanRgbProgress,
  meanRgb,
} from "./statistics/mean-rgb.ts";
export {
  getMeanRgb,
  type MeanRgbReport,
  meanRgbReport,
  type Rgb,
  readMeanRgb,
} from "./statistics/mean-rgb-file.ts";
export type { Channels, MeanAndVariance, Weighting } from "./statistics/moments.ts";
export type { FileIssue } from "./workers/file-issue.ts";
