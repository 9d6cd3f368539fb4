/** @file A shard's commit mark: the shard is done when `<name>.stats.json` lies beside it and says what it is. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../errors.ts";
import { writeWhole } from "./shard-file.ts";
import type { Shard, ShardResult } from "./write-shards.ts";

/** What the mark says. */
export interface ShardStats extends ShardResult {
  readonly shard: string;
  /** Of the {@link RunDescription} that it was made by. */
  readonly run: string;
  /** Hash of the names and sizes of the images that are in it. */
  readonly sources: string;
  /** Records by class number. */
  readonly classes: Readonly<Record<string, number>>;
}

/** `val-0.stats.json` of `val-0.tfrecord`: a name that no pattern for records matches. */
export function statsPath({ path }: Pick<Shard, "path">): string {
  return path.replace(/\.tfrecord$/, ".stats.json");
}

/** Marks a shard as done. */
export async function writeStats(shard: Shard, run: string, result: ShardResult): Promise<ShardStats> {
  const failed = new Set(result.failed.map(({ file }) => file));
  const classes: Record<string, number> = {};
  for (const [i, file] of shard.files.entries()) {
    if (failed.has(file)) continue;
    const label = shard.labels[i]!;
    const number = label.length === 1 ? label[0]! : label.indexOf(1);
    classes[number] = (classes[number] ?? 0) + 1;
  }
  const sources = await sourcesOf(shard, failed);
  const stats = { shard: `${shard.split}-${shard.index}.tfrecord`, run, sources, ...result, classes };
  await writeWhole(statsPath(shard), `${JSON.stringify(stats, null, 2)}\n`);
  return stats;
}

/**
 * Reads a shard's mark.
 *
 * @returns undefined where the shard is not done: there is no mark, no file of the size that it states, or its images
 *   are no longer of the sizes that they had
 * @throws DataError where it was made by another run
 */
export async function readStats(shard: Shard, run: string): Promise<ShardStats | undefined> {
  const path = statsPath(shard);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  let stats: ShardStats;
  try {
    stats = JSON.parse(text) as ShardStats;
  } catch (cause) {
    throw new DataError(`${path}: expected JSON: ${(cause as Error).message}`, { cause });
  }
  if (stats.run !== run) {
    throw new DataError(`${path}: this shard was made by another config\n  hint: write to another record_path`);
  }
  const found = await stat(shard.path).catch(() => undefined);
  if (found?.size !== stats.bytes) return undefined;
  const failed = new Set(stats.failed.map(({ file }) => file));
  return stats.sources === (await sourcesOf(shard, failed)) ? stats : undefined;
}

/** Names and sizes, not times: copies of the same images make the same marks. */
async function sourcesOf({ root, files }: Shard, failed: ReadonlySet<string>): Promise<string> {
  const used = files.filter((file) => !failed.has(file));
  const sizes = await Promise.all(
    used.map((file) =>
      stat(join(root, file)).then(
        ({ size }) => size,
        () => -1,
      ),
    ),
  );
  const hash = createHash("sha256");
  for (const [i, file] of used.entries()) hash.update(`${file} ${sizes[i]}\n`);
  return hash.digest("hex");
}
