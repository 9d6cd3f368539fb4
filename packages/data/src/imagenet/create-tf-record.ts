/** @file The functions that a widely copied Python program has, under the same names and with the same arguments. */
import { availableParallelism } from "node:os";
import { basename, dirname } from "node:path";
import { checkInteger } from "../arguments.ts";
import { DataError } from "../errors.ts";
import { PIXEL_LIMIT } from "../image/limits.ts";
import { permutation } from "../pipeline/permutation.ts";
import type { FileIssue } from "../workers/file-issue.ts";
import { classOf, findFiles, sorted } from "../workers/find-images.ts";
import { WorkerPool } from "../workers/pool.ts";
import { checkLabelMap, type LabelMap, list } from "./label-map.ts";
import type { RecordSettings } from "./record.ts";
import { type Shard, type ShardProgress, writeShards } from "./write-shards.ts";

/** Of whole shard files. */
export type TfRecordOptions = "GZIP" | "NONE" | "" | null;

/** What the functions here take besides. */
export interface TfWriteOptions {
  readonly seed?: number;
  readonly workers?: number;
  readonly settings?: Partial<RecordSettings>;
  readonly onProgress?: (progress: ShardProgress) => void;
  /** Default: `console.log`. */
  readonly print?: (line: string) => void;
}

/**
 * Writes one shard. Images that cannot be used are named, `Error processing <file>`, and left out.
 *
 * @param number of the shard, for progress.
 * @returns the images that could not be used
 */
export function workerTfWrite(
  files: readonly string[],
  tfRecordPath: string,
  labelMap: LabelMap,
  size: number,
  imageQuality: number,
  tfRecordOptions: TfRecordOptions,
  number = 0,
  options: TfWriteOptions = {},
): Promise<FileIssue[]> {
  const shards = [shardOf(files, tfRecordPath, labelMap, number)];
  return written(shards, size, imageQuality, tfRecordOptions, options);
}

/** Writes many shards, on all cores. */
export function masterTfWrite(
  splitFileList: readonly (readonly string[])[],
  tfRecordPaths: readonly string[],
  size: number,
  imageQuality: number,
  labelMap: LabelMap,
  tfRecordOptions: TfRecordOptions,
  options: TfWriteOptions = {},
): Promise<FileIssue[]> {
  if (splitFileList.length !== tfRecordPaths.length) {
    throw new DataError(`masterTfWrite: ${splitFileList.length} lists of files, but ${tfRecordPaths.length} paths`);
  }
  const shards = splitFileList.map((files, i) => shardOf(files, tfRecordPaths[i]!, labelMap, i));
  return written(shards, size, imageQuality, tfRecordOptions, options);
}

/**
 * Lists images, shuffles them by a seed, and writes shards `{recordPath}{identifier}-{i}.tfrecord` of `splitNumber`
 * records, the last one with what is left.
 *
 * @param imageFolder a glob, as `images/train/*​/*.JPEG`.
 * @throws ArgumentError if `splitNumber` is not a whole number of at least 1; DataError for a class without a label
 */
export async function createTfRecord(
  imageFolder: string,
  recordPath: string,
  identifier: string,
  labelMap: LabelMap,
  size = 256,
  splitNumber = 1000,
  imageQuality = 90,
  tfRecordOptions: TfRecordOptions = null,
  options: TfWriteOptions = {},
): Promise<FileIssue[]> {
  checkInteger("createTfRecord: splitNumber", splitNumber, 1);
  (options.print ?? console.log)(`creating ${identifier} records`);
  const found = await findFiles(imageFolder, [".jpeg", ".jpg", ".png"]);
  const files = Array.from(permutation(found.length, { seed: options.seed ?? 0 }), (place) => found[place]!);
  const lists = Array.from({ length: Math.ceil(files.length / splitNumber) }, (_, i) =>
    files.slice(i * splitNumber, (i + 1) * splitNumber),
  );
  const paths = lists.map((_, i) => `${recordPath}${identifier}-${i}.tfrecord`);
  return masterTfWrite(lists, paths, size, imageQuality, labelMap, tfRecordOptions, options);
}

function shardOf(files: readonly string[], path: string, labelMap: LabelMap, index: number): Shard {
  const { labels } = checkLabelMap(labelMap);
  const unknown = new Set(files.map((file) => classOf(file) ?? file).filter((name) => !labels.has(name)));
  if (unknown.size > 0) throw new DataError(`classes that the label map does not have: ${list(sorted([...unknown]))}`);
  return {
    split: basename(dirname(path)),
    index,
    path,
    root: "",
    files,
    labels: files.map((file) => labels.get(classOf(file)!)!),
  };
}

async function written(
  shards: readonly Shard[],
  size: number,
  quality: number,
  compression: TfRecordOptions,
  { settings, workers = availableParallelism(), onProgress, print = console.log }: TfWriteOptions,
): Promise<FileIssue[]> {
  const decode = { codec: "auto", exifRotate: true, truncated: "decode", maxPixels: PIXEL_LIMIT } as const;
  const defaults = { decode, geometry: "exact", storage: "jpeg", mean: [0, 0, 0] } as const;
  const failures: FileIssue[] = [];
  const pool = new WorkerPool(workers);
  try {
    await writeShards(shards, pool, {
      settings: { ...defaults, ...settings, size, quality },
      compression: compression === "GZIP" ? "GZIP" : "NONE",
      onProgress,
      onFailed(_, failed) {
        failures.push(...failed);
        for (const { file } of failed) print(`Error processing ${file}`);
      },
      onWritten: async () => undefined,
    });
  } finally {
    await pool.close();
  }
  return failures;
}
