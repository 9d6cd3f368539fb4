/** @file What is written when all shards are done. */
import { link, mkdir, rm, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { FileIssue } from "../workers/file-issue.ts";
import type { Plan, RunDescription } from "./plan.ts";
import { writeWhole } from "./shard-file.ts";
import type { ShardStats } from "./shard-stats.ts";
import { tfdsFiles } from "./tfds.ts";
import type { Shard } from "./write-shards.ts";

/** `manifest.json`: what was made, of what, by what. */
export interface Manifest {
  readonly versions: { readonly tessera: string; readonly node: string };
  readonly config: RunDescription;
  /** Names of the classes, in the order of their numbers. */
  readonly classNames: readonly string[];
  readonly splits: Readonly<Record<string, SplitManifest>>;
}

/** One split's part of the manifest. */
export interface SplitManifest {
  readonly images: number;
  readonly records: number;
  readonly bytes: number;
  readonly sourceBytes: number;
  readonly shards: readonly {
    readonly file: string;
    readonly records: number;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  /** Records by class. */
  readonly classes: Readonly<Record<string, number>>;
  readonly failed: readonly FileIssue[];
  readonly warnings: readonly FileIssue[];
}

/** Writes `manifest.json`, and the folder `tfds` where TensorFlow Datasets can read what was made. */
export async function finish(plan: Plan, stats: ReadonlyMap<Shard, ShardStats>): Promise<Manifest> {
  const { config, classes, splits, description } = plan;
  const parts = splits.map(({ name, files, shards }) => {
    const found = shards.map((shard) => stats.get(shard)!);
    const sum = (key: "records" | "bytes" | "sourceBytes") => found.reduce((total, each) => total + each[key], 0);
    const counts = classes.names.map((_, number) =>
      found.reduce((total, each) => total + (each.classes[number] ?? 0), 0),
    );
    const part: SplitManifest = {
      ...{ images: files.length, records: sum("records"), bytes: sum("bytes"), sourceBytes: sum("sourceBytes") },
      shards: found.map(({ shard, records, bytes, sha256 }) => ({ file: `${name}/${shard}`, records, bytes, sha256 })),
      classes: Object.fromEntries(classes.names.map((className, number) => [className, counts[number]!])),
      failed: found.flatMap(({ failed }) => failed),
      warnings: found.flatMap(({ warnings }) => warnings),
    };
    return [name, part] as const;
  });
  const manifest: Manifest = {
    versions: { tessera: packageJson.version, node: process.versions.node },
    config: description,
    classNames: classes.names,
    splits: Object.fromEntries(parts),
  };
  await writeWhole(join(config.record_path, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeTfds(plan, manifest);
  return manifest;
}

/** The version under which TensorFlow Datasets knows the set. */
const VERSION = "1.0.0";

/**
 * `tfds/1.0.0`: descriptions, and the shards under the names that TensorFlow Datasets expects, as second names of the
 * same files. It reads no compressed shards, and no pixels but JPEG's.
 */
async function writeTfds({ config, classes, description }: Plan, manifest: Manifest): Promise<void> {
  const folder = join(config.record_path, "tfds", VERSION);
  await rm(join(config.record_path, "tfds"), { recursive: true, force: true });
  if (description.tf_record_compression !== "NONE" || description.storage !== "jpeg" || classes.oneHot) return;
  await mkdir(folder, { recursive: true });
  const { files, shards } = tfdsFiles(manifest, classes.names, VERSION);
  for (const [name, target] of shards) await linked(join(config.record_path, target), join(folder, name));
  for (const [name, text] of files) await writeWhole(join(folder, name), text);
}

/** A hard link; where the file system has none, a symbolic one. */
async function linked(target: string, name: string): Promise<void> {
  await link(target, name).catch(() => symlink(relative(join(name, ".."), target), name));
}
