/** @file Which images go into which shard, before any of them is read. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError, MissingDataError } from "../errors.ts";
import { type ImageCodec, jpegCodec } from "../image/codec.ts";
import { permutation } from "../pipeline/permutation.ts";
import { readMeanRgb } from "../statistics/mean-rgb-file.ts";
import { sorted } from "../workers/find-images.ts";
import type { PreprocessConfig } from "./config.ts";
import { type Classes, list, parseLabelMap } from "./label-map.ts";
import { classFolders } from "./make-label-map.ts";
import type { RecordSettings } from "./record.ts";
import type { Shard } from "./write-shards.ts";

/** A split, and its images in the order in which they are stored. */
export interface Split {
  readonly name: string;
  readonly folder: string;
  /** Paths within the folder, `class/file`. */
  readonly files: readonly string[];
  readonly shards: readonly Shard[];
}

/** Everything that the shards' bytes depend on, and what is to be done. */
export interface Plan {
  readonly config: PreprocessConfig;
  readonly classes: Classes;
  readonly splits: readonly Split[];
  readonly settings: RecordSettings;
  readonly description: RunDescription;
}

/** What a run is known by: shards of runs with different descriptions may not lie in one folder. */
export interface RunDescription {
  readonly split_number: number;
  readonly crop_size: number;
  readonly image_quality: number;
  readonly tf_record_compression: "GZIP" | "NONE";
  readonly storage: string;
  readonly geometry: string;
  readonly exifRotate: boolean;
  readonly truncated: string;
  readonly maxPixels: number;
  readonly seed: number;
  readonly meanRgb: readonly number[] | null;
  readonly codec: { readonly library: string; readonly version: string | null; readonly encoder: string };
  readonly labels: { readonly classes: number; readonly oneHot: boolean; readonly sha256: string };
  readonly splits: Readonly<Record<string, { readonly images: number; readonly sha256: string }>>;
}

/**
 * Lists the images, labels them, puts them in their order and cuts that into shards.
 *
 * @throws DataError listing classes that the label map does not have, MissingDataError for splits without images
 */
export async function planPreprocess(config: PreprocessConfig): Promise<Plan> {
  const text = await readFile(config.label_map, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new MissingDataError(
      `${config.label_map}: the label map cannot be read (${cause.code})\n  hint: tessera label-map <folder> --out ${config.label_map} makes one`,
      { cause },
    );
  });
  const classes = parseLabelMap(text, config.label_map);
  const codec = await jpegCodec(config.codec);
  if (typeof codec === "string") throw new DataError(`codec ${config.codec}: ${codec}`);
  const splits: Split[] = [];
  for (const name of config.batch) splits.push(await planSplit(name, config, classes));
  const settings = await recordSettings(config);
  return { config, classes, splits, settings, description: describe(config, settings, codec, classes, splits) };
}

async function planSplit(name: string, config: PreprocessConfig, classes: Classes): Promise<Split> {
  const folder = join(config.image_folder, name);
  const found = await labelledFiles(folder, [config.image_type].flat(), classes);
  if (found.length === 0) {
    const expected = [config.image_type].flat().join(" or *.");
    throw new MissingDataError(`${folder}: no image: expected <class>/*.${expected} in it`);
  }
  const order = permutation(found.length, { seed: config.seed });
  const files = Array.from(order, (place) => found[place]!);
  const count = Math.ceil(files.length / config.split_number);
  const shards = Array.from({ length: count }, (_, index) => {
    const inShard = files.slice(index * config.split_number, (index + 1) * config.split_number);
    return {
      split: name,
      index,
      path: join(config.record_path, name, `${name}-${index}.tfrecord`),
      root: folder,
      files: inShard,
      labels: inShard.map((file) => classes.labels.get(file.slice(0, file.indexOf("/")))!),
    };
  });
  return { name, folder, files, shards };
}

/** `class/file` of every image of a split, sorted. */
async function labelledFiles(folder: string, types: readonly string[], classes: Classes): Promise<string[]> {
  const names = await classFolders(folder);
  const unknown = names.filter((name) => !classes.labels.has(name));
  if (unknown.length > 0) {
    throw new DataError(`${folder}: classes that the label map does not have: ${list(unknown)}`);
  }
  const files: string[] = [];
  for (const name of names) {
    const entries = await readdir(join(folder, name));
    const images = entries.filter((file) => !file.startsWith(".") && types.some((type) => file.endsWith(`.${type}`)));
    files.push(...sorted(images).map((file) => `${name}/${file}`));
  }
  return files;
}

async function recordSettings(config: PreprocessConfig): Promise<RecordSettings> {
  const { codec, exifRotate, truncated, maxPixels, crop_size, geometry, storage, image_quality } = config;
  const mean = config.storage === "float32" ? await readMeanRgb(config.meanRgb!) : ([0, 0, 0] as const);
  const decode = { codec, exifRotate, truncated, maxPixels };
  return { decode, size: crop_size, geometry, storage, quality: image_quality, mean };
}

function describe(
  config: PreprocessConfig,
  { mean }: RecordSettings,
  codec: ImageCodec,
  { names, oneHot, labels }: Classes,
  splits: readonly Split[],
): RunDescription {
  const { split_number, crop_size, image_quality, storage, geometry, exifRotate, truncated, maxPixels, seed } = config;
  return {
    ...{ split_number, crop_size, image_quality, tf_record_compression: compressionOf(config), storage, geometry },
    ...{ exifRotate, truncated, maxPixels, seed },
    meanRgb: storage === "float32" ? mean : null,
    codec: { library: codec.library, version: codec.version ?? null, encoder: codec.encoder ?? codec.library },
    labels: { classes: names.length, oneHot, sha256: sha256(JSON.stringify([...labels])) },
    splits: Object.fromEntries(
      splits.map(({ name, files }) => [name, { images: files.length, sha256: sha256(sorted(files).join("\n")) }]),
    ),
  };
}

/** Nothing, null and an empty string all mean none. */
export function compressionOf({
  tf_record_compression,
}: Pick<PreprocessConfig, "tf_record_compression">): "GZIP" | "NONE" {
  return tf_record_compression === "GZIP" ? "GZIP" : "NONE";
}

/** Hexadecimal. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
