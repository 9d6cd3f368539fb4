import { stat } from "node:fs/promises";
import { checkInteger } from "../arguments.ts";
import { ArgumentError, DataError } from "../errors.ts";
import { PIXEL_LIMIT } from "../image/limits.ts";
import type { DecodeSettings } from "../imagenet/record.ts";
import { permutation } from "../pipeline/permutation.ts";
import { hashShards, type ShardsHash } from "../streamed/hash-shards.ts";
import type { FileIssue } from "../workers/file-issue.ts";
import { findFiles } from "../workers/find-images.ts";
import type { ImageIssue, ImageSource } from "../workers/image-worker.ts";
import { piecewise } from "../workers/piecewise.ts";
import { WorkerEnded, WorkerPool } from "../workers/pool.ts";
import { type MeanAndVariance, MomentSums } from "./moments.ts";
import { recordImages } from "./record-images.ts";

/** Options of {@link meanRgb}. */
export interface MeanRgbOptions extends Partial<DecodeSettings> {
  /** What the pattern names: image files (default), or TFRecord files with an `image_raw` of PNG or JPEG. */
  readonly from?: "images" | "tfrecord";
  /** Measure this many images, drawn at random. Default: all. */
  readonly subsample?: number | undefined;
  /** Of the draw. Default: 0. */
  readonly seed?: number | undefined;
  /** Processes. Default: one for each core. */
  readonly workers?: number | undefined;
  /** Whether an image that cannot be used ends it all. Default: false, and it is listed. */
  readonly strict?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: MeanRgbProgress) => void;
}

/** How far it is. */
export interface MeanRgbProgress {
  /** Who has something new, from 0. */
  readonly worker: number;
  /** Images that this worker has measured; its `total` is not known where records are read. */
  readonly done: number;
  readonly total?: number | undefined;
  readonly overall: {
    readonly images: number;
    /** Share of the whole work, 0 … 1. */
    readonly share: number;
  };
}

/** What {@link meanRgb} found. */
export interface MeanRgb {
  /** Every pixel counts alike. */
  readonly pixel: MeanAndVariance;
  /** Every image counts alike, whatever its size. */
  readonly image: MeanAndVariance;
  readonly images: number;
  readonly pixels: number;
  readonly failed: readonly FileIssue[];
  readonly warnings: readonly FileIssue[];
  /** Which files the records came from, where it was records that were measured: all of them. */
  readonly shards?: ShardsHash;
}

/** Images of a task: enough that the way to a process and back does not count. */
const BATCH = 16;

/**
 * Mean and variance of red, green and blue over many images, on all cores. Sums are whole numbers, so that the answer
 * does not depend on the number of workers.
 *
 * @param pattern a folder, a file or a glob.
 * @throws MissingDataError where there is no file; ArgumentError; DataError where no image could be used, or with
 *   `strict` one could not
 */
export async function meanRgb(pattern: string, options: MeanRgbOptions = {}): Promise<MeanRgb> {
  if (options.subsample !== undefined) checkInteger("meanRgb: subsample", options.subsample, 1);
  const pool = new WorkerPool(options.workers);
  try {
    const work = await (options.from === "tfrecord" ? recordWork : imageWork)(pattern, pool.workers, options);
    const found = await measure(work, pool, options);
    return work.shards && options.subsample === undefined ? { ...found, shards: work.shards } : found;
  } finally {
    await pool.close();
  }
}

/** Some images, and a number that sorts them among all. */
interface Batch {
  readonly first: number;
  readonly sources: readonly ImageSource[];
}

/** What each worker takes, and how much of the whole is done. */
interface Work {
  readonly lanes: readonly { batches: AsyncIterator<Batch> | Iterator<Batch>; total?: number }[];
  share(images: number): number;
  readonly shards?: ShardsHash;
}

/** Each worker has its own run of files, as long as any other's. */
async function imageWork(pattern: string, workers: number, { subsample, seed = 0 }: MeanRgbOptions): Promise<Work> {
  const all = await findFiles(pattern, [".jpg", ".jpeg", ".png"]);
  const files = subsample === undefined ? all : drawn(all.length, subsample, seed).map((index) => all[index]!);
  const length = Math.ceil(files.length / workers);
  const starts = Array.from({ length: Math.ceil(files.length / length) }, (_, lane) => lane * length);
  const lanes = starts.map((start) => {
    const end = Math.min(start + length, files.length);
    return { batches: runs(files, start, end), total: end - start };
  });
  return { lanes, share: (images) => images / files.length };
}

function* runs(files: readonly string[], start: number, end: number): Generator<Batch, void, undefined> {
  for (let first = start; first < end; first += BATCH) {
    yield { first, sources: files.slice(first, Math.min(first + BATCH, end)) };
  }
}

/** This process reads records and checks them; workers take them as they come. */
async function recordWork(pattern: string, workers: number, { subsample, seed = 0 }: MeanRgbOptions): Promise<Work> {
  const paths = await findFiles(pattern, [".tfrecord", ".tfrecords", ".tfrecord.gz"]);
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let [read, count] = [0, 0];
  if (subsample !== undefined) for (const path of paths) for await (const _ of recordImages(path)) count++;
  const chosen = subsample === undefined ? undefined : new Set(drawn(count, subsample, seed));
  const onBytes = (bytes: number) => {
    read += bytes;
  };
  const batches = recordBatches(paths, chosen, onBytes);
  return {
    lanes: Array.from({ length: workers }, () => ({ batches })),
    share: () => (total > 0 ? read / total : 1),
    shards: await hashShards(paths),
  };
}

async function* recordBatches(
  paths: readonly string[],
  chosen: ReadonlySet<number> | undefined,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Batch, void, undefined> {
  let index = 0;
  let sources: ImageSource[] = [];
  for (const path of paths) {
    for await (const image of recordImages(path, onBytes)) {
      if (chosen?.has(index++) ?? true) sources.push(image);
      if (sources.length < BATCH) continue;
      yield { first: index, sources };
      sources = [];
    }
  }
  if (sources.length > 0) yield { first: index, sources };
}

/** `wanted` of `count` places, in order. */
function drawn(count: number, wanted: number, seed: number): number[] {
  if (wanted > count)
    throw new ArgumentError(`meanRgb: subsample: expected at most the ${count} images there are, got ${wanted}`);
  return [...permutation(count, { seed }).subarray(0, wanted)].sort((a, b) => a - b);
}

interface Found {
  readonly sums: MomentSums;
  readonly failed: (FileIssue & { place: number })[];
  readonly warnings: (FileIssue & { place: number })[];
}

async function measure(work: Work, pool: WorkerPool, options: MeanRgbOptions): Promise<MeanRgb> {
  const found: Found = { sums: new MomentSums(), failed: [], warnings: [] };
  const stop = new AbortController();
  const lanes = work.lanes.map(async (lane, worker) => {
    try {
      let done = 0;
      for (let next = await lane.batches.next(); !next.done; next = await lane.batches.next()) {
        options.signal?.throwIfAborted();
        if (stop.signal.aborted) return;
        await measureBatch(next.value, pool, options, found);
        done += next.value.sources.length;
        const images = found.sums.images + found.failed.length;
        const overall = { images, share: work.share(images) };
        options.onProgress?.({ worker, done, total: lane.total, overall });
      }
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
  const ended = await Promise.allSettled(lanes);
  const rejected = ended.find((lane) => lane.status === "rejected");
  if (rejected) throw rejected.reason;
  return summary(found);
}

async function measureBatch({ first, sources }: Batch, pool: WorkerPool, options: MeanRgbOptions, found: Found) {
  const { codec = "auto", exifRotate = true, truncated = "decode", maxPixels = PIXEL_LIMIT } = options;
  const settings = { codec, exifRotate, truncated, maxPixels };
  const run = (start: number, end: number) =>
    pool.run("measureImages", { sources: sources.slice(start, end), settings });
  for (const { start, result } of await piecewise(sources.length, run)) {
    const name = nameOf(sources[start]!);
    const died = (error: WorkerEnded) => [
      { index: 0, reason: `${name}: ${error.message} while this image was being measured` },
    ];
    const { moments, failures, warnings } =
      result instanceof WorkerEnded ? { moments: [], failures: died(result), warnings: [] } : result;
    for (const each of moments) found.sums.add(each);
    const named = ({ index, reason }: ImageIssue) => ({
      ...{ place: first + start + index, file: nameOf(sources[start + index]!), reason },
    });
    found.failed.push(...failures.map(named));
    found.warnings.push(...warnings.map(named));
    if (options.strict && failures[0]) throw new DataError(failures[0].reason);
  }
}

function nameOf(source: ImageSource): string {
  return typeof source === "string" ? source : source.name;
}

function summary({ sums, failed, warnings }: Found): MeanRgb {
  const inOrder = (issues: Found["failed"]) =>
    issues.sort((a, b) => a.place - b.place).map(({ file, reason }) => ({ file, reason }));
  if (sums.images === 0)
    throw new DataError(`no image could be used; the first: ${inOrder(failed)[0]?.reason ?? "there is none"}`);
  return {
    pixel: sums.result("pixel"),
    image: sums.result("image"),
    images: sums.images,
    pixels: sums.pixels,
    failed: inOrder(failed),
    warnings: inOrder(warnings),
  };
}
