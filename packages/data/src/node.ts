export { downloadCifar, placeCifar } from "./download/cifar-archives.ts";
export {
  downloadCifar10FromNpm,
  type MirroredBatch,
  type MirrorOptions,
  type MirrorProgress,
} from "./download/cifar10-npm.ts";
export { type Downloaded, type DownloadOptions, type DownloadProgress, download } from "./download/download.ts";
export { ChecksumError, DownloadError } from "./download/errors.ts";
export { type WorkerOptions, workers } from "./pipeline/workers.ts";
export { isProcessed, loadProcessed } from "./processed/load-processed.ts";
export { describeSource } from "./processed/source-files.ts";
export { PROCESSED_FORMATS, type ProcessedFormat, writeProcessed } from "./processed/write-processed.ts";
export { loadCifar } from "./sources/load-cifar.ts";
