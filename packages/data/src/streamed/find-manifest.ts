/** @file What `preprocess` says of the shards that it wrote, where it is beside them. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DataError } from "../errors.ts";
import type { Manifest } from "../imagenet/finish.ts";
import type { Storage } from "../imagenet/record.ts";

/** What is said of some shards. */
export interface ShardFacts {
  /** Where it is said. */
  readonly manifest: string;
  readonly classNames: readonly string[];
  readonly storage: Storage;
  /** Records in all of them. */
  readonly records: number;
}

/**
 * Looks for `manifest.json` beside the shards and in the folder above.
 *
 * @returns undefined where there is none that lists all of them
 * @throws DataError where a shard is not as long as the manifest says
 */
export async function findManifest(paths: readonly string[]): Promise<ShardFacts | undefined> {
  const folders = new Set(paths.map((path) => dirname(path)));
  if (folders.size !== 1) return undefined;
  const [folder] = folders;
  for (const path of [join(folder!, "manifest.json"), join(folder!, "..", "manifest.json")]) {
    const manifest = await readManifest(path);
    const facts = manifest && (await factsIn(manifest, path, paths));
    if (facts) return facts;
  }
  return undefined;
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const manifest = JSON.parse(text) as Manifest;
    return Array.isArray(manifest.classNames) && manifest.splits && manifest.config ? manifest : undefined;
  } catch {
    return undefined; // Another program's.
  }
}

async function factsIn(manifest: Manifest, path: string, shards: readonly string[]): Promise<ShardFacts | undefined> {
  const listed = new Map(
    Object.values(manifest.splits).flatMap((split) => split.shards.map((shard) => [basename(shard.file), shard])),
  );
  let records = 0;
  for (const shard of shards) {
    const known = listed.get(basename(shard));
    if (!known) return undefined;
    const { size } = await stat(shard);
    if (size !== known.bytes) {
      throw new DataError(
        `${shard}: ${size} bytes, but ${path} says ${known.bytes}: records of another run\n  hint: tessera preprocess merge names the shards that have changed`,
      );
    }
    records += known.records;
  }
  const { classNames, config } = manifest;
  return { manifest: path, classNames, storage: config.storage as Storage, records };
}
