import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkInteger } from "../arguments.ts";
import { digest } from "../download/checksum.ts";
import { DataError, MissingDataError } from "../errors.ts";
import type { FileIssue } from "../workers/file-issue.ts";
import { WorkerPool } from "../workers/pool.ts";
import type { PreprocessConfig } from "./config.ts";
import { ErrorBudget } from "./error-budget.ts";
import { finish, type Manifest } from "./finish.ts";
import { list } from "./label-map.ts";
import { compressionOf, type Plan, planPreprocess } from "./plan.ts";
import { claimFolder, clearFolder } from "./run-file.ts";
import { readStats, type ShardStats, statsPath, writeStats } from "./shard-stats.ts";
import { type Shard, type ShardProgress, type ShardResult, writeShards } from "./write-shards.ts";

/** Options of {@link preprocess}. */
export interface PreprocessOptions {
  /** Do every `shardCount`th shard only, from this one on, as one of many processes. Default: 0 of 1. */
  readonly shardIndex?: number | undefined;
  readonly shardCount?: number | undefined;
  /** Keep finished shards of this config; else the folder's records are removed first. Default: true. */
  readonly resume?: boolean | undefined;
  /** Make shards anew in which images failed. Default: false. */
  readonly retryFailed?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when a split is begun that is not done yet. */
  readonly onSplit?: ((split: string) => void) | undefined;
  readonly onProgress?: ((progress: PreprocessProgress) => void) | undefined;
}

/** How far it is. */
export interface PreprocessProgress extends ShardProgress {
  /** Images of this process's shards, and how many of them are done, those of an earlier run among them. */
  readonly images: { readonly done: number; readonly total: number; readonly before: number };
}

/** What {@link preprocess} left. */
export interface Preprocessed {
  /** Shards of this process that are done, and how many of them were before. */
  readonly shards: number;
  readonly shardsBefore: number;
  readonly records: number;
  readonly bytes: number;
  readonly sourceBytes: number;
  readonly failed: readonly FileIssue[];
  readonly warnings: readonly FileIssue[];
  /** Where all shards are done, and this process was not one of many. */
  readonly manifest?: Manifest;
}

/**
 * Images in class folders to shards of TFRecords, on all cores. Each image is read and decoded once. The bytes of a
 * shard depend on config and files alone; what is finished when a run is stopped, in whatever way, is not done again.
 *
 * @throws DataError where the folder holds records of another config, or images failed that may not
 */
export async function preprocess(config: PreprocessConfig, options: PreprocessOptions = {}): Promise<Preprocessed> {
  const { shardIndex = 0, shardCount = 1, resume = true } = options;
  checkInteger("preprocess: shardCount", shardCount, 1);
  checkInteger("preprocess: shardIndex", shardIndex, 0, shardCount - 1);
  const plan = await planPreprocess(config);
  if (!resume && shardCount > 1) throw new DataError("preprocess: one of many processes cannot begin anew");
  if (!resume) await clearFolder(config.record_path, config.batch);
  const run = await claimFolder(config.record_path, plan.description);
  const mine = allShards(plan).filter((_, i) => i % shardCount === shardIndex);
  const before = await readAll(mine, run);
  const redone = (stats: ShardStats | undefined) =>
    stats === undefined || (options.retryFailed && stats.failed.length > 0);
  const stats = new Map([...before].filter(([, found]) => !redone(found)) as [Shard, ShardStats][]);
  const shardsBefore = stats.size;
  const left = mine.filter((shard) => !stats.has(shard));
  if (left.length > 0) await write(plan, run, left, stats, options);
  const summary = summarize(mine, stats, shardsBefore);
  return shardCount === 1 ? { ...summary, manifest: await finish(plan, stats) } : summary;
}

function allShards({ splits }: Plan): Shard[] {
  return splits.flatMap(({ shards }) => shards);
}

async function readAll(shards: readonly Shard[], run: string): Promise<Map<Shard, ShardStats | undefined>> {
  const found = new Map<Shard, ShardStats | undefined>();
  for (const shard of shards) found.set(shard, await readStats(shard, run));
  return found;
}

async function write(
  { config, settings }: Plan,
  run: string,
  left: readonly Shard[],
  stats: Map<Shard, ShardStats>,
  { signal, onSplit, onProgress }: PreprocessOptions,
): Promise<void> {
  const failedBefore = [...stats.values()].reduce((sum, { failed }) => sum + failed.length, 0);
  const budget = new ErrorBudget(config.onError, config.maxErrors, failedBefore);
  const images = new ImageCount([...stats.keys()], left);
  const pool = new WorkerPool(config.workers);
  const writeSplit = (split: string) => {
    const shards = left.filter((shard) => shard.split === split);
    if (shards.length > 0) onSplit?.(split);
    return writeShards(shards, pool, {
      settings,
      compression: compressionOf(config),
      signal,
      onProgress: (progress) => onProgress?.({ ...progress, images: images.update(progress) }),
      onFailed: (_, failed) => budget.spend(failed),
      async onWritten(shard, result) {
        if (config.onError === "quarantine") await quarantine(config, shard, result);
        stats.set(shard, await writeStats(shard, run, result));
      },
    });
  };
  try {
    for (const split of config.batch) await writeSplit(split);
  } finally {
    await pool.close();
  }
}

/** Images over all shards. */
class ImageCount {
  readonly #byShard = new Map<Shard, number>();
  readonly #before: number;
  readonly #total: number;

  constructor(before: readonly Shard[], left: readonly Shard[]) {
    const count = (shards: readonly Shard[]) => shards.reduce((sum, { files }) => sum + files.length, 0);
    this.#before = count(before);
    this.#total = this.#before + count(left);
  }

  update({ shard, done }: ShardProgress): PreprocessProgress["images"] {
    this.#byShard.set(shard, done);
    let sum = this.#before;
    for (const images of this.#byShard.values()) sum += images;
    return { done: sum, total: this.#total, before: this.#before };
  }
}

/** Copies images that could not be used to `quarantine/<split>/<class>/`, so that somebody can look at them. */
async function quarantine({ record_path }: PreprocessConfig, shard: Shard, { failed }: ShardResult): Promise<void> {
  for (const { file } of failed) {
    const target = join(record_path, "quarantine", shard.split, file);
    await mkdir(dirname(target), { recursive: true });
    // A file that cannot be read cannot be copied either; its reason is in the shard's mark.
    await copyFile(join(shard.root, file), target).catch(() => rm(target, { force: true }));
  }
}

function summarize(mine: readonly Shard[], stats: ReadonlyMap<Shard, ShardStats>, shardsBefore: number): Preprocessed {
  const all = mine.map((shard) => ({ shard, found: stats.get(shard)! }));
  const sum = (key: "records" | "bytes" | "sourceBytes") => all.reduce((total, { found }) => total + found[key], 0);
  const issues = (key: "failed" | "warnings") =>
    all.flatMap(({ shard, found }) => found[key].map(({ file, reason }) => ({ file: join(shard.root, file), reason })));
  return {
    ...{
      shards: mine.length,
      shardsBefore,
      records: sum("records"),
      bytes: sum("bytes"),
      sourceBytes: sum("sourceBytes"),
    },
    ...{ failed: issues("failed"), warnings: issues("warnings") },
  };
}

/**
 * Checks that all shards are there, by their hashes, and writes the manifest, after many processes have made them.
 *
 * @param onChecked called with the number of shards that were checked and of all.
 * @throws MissingDataError listing the shards that are not done; DataError naming one that is not what its mark says
 */
export async function mergePreprocessed(
  config: PreprocessConfig,
  onChecked?: (done: number, total: number) => void,
): Promise<Manifest> {
  const plan = await planPreprocess(config);
  const run = await claimFolder(config.record_path, plan.description);
  const shards = allShards(plan);
  const found = await readAll(shards, run);
  const missing = shards.filter((shard) => !found.get(shard));
  if (missing.length > 0) {
    const names = list(missing.map(({ path }) => path));
    throw new MissingDataError(
      `${missing.length} of ${shards.length} shards are not done: ${names}\n  hint: run the processes that should have made them again; what is done is kept`,
    );
  }
  for (const [i, shard] of shards.entries()) {
    const got = await digest(shard.path, "sha256", "hex");
    const { sha256 } = found.get(shard)!;
    if (got !== sha256) {
      throw new DataError(
        `${shard.path}: expected sha256 ${sha256}, got ${got}\n  hint: delete ${statsPath(shard)} and make it again`,
      );
    }
    onChecked?.(i + 1, shards.length);
  }
  return finish(plan, found as Map<Shard, ShardStats>);
}
