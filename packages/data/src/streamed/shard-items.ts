/** @file Labelled images in TFRecord shards. */
import { readFile } from "node:fs/promises";
import { bytes, int64, parseExample, type TfRecord } from "@tessera/tfrecord";
import { readRecords, resolveShards, ShardedReader } from "@tessera/tfrecord/node";
import { CorruptRecordError, DataError, MissingDataError, quote } from "../errors.ts";
import { parseLabelMap } from "../imagenet/label-map.ts";
import type { Storage } from "../imagenet/record.ts";
import { findManifest } from "./find-manifest.ts";
import { hashShards, type ShardsHash } from "./hash-shards.ts";
import type { ImageItem, ImageItems, ItemOrder } from "./image-items.ts";

/** How shards are read. */
export interface ShardItemsOptions {
  /** JSON with a number, or a one-hot array, for each class. Default: the names that `manifest.json` beside the shards has. */
  readonly labelMap?: string | undefined;
  /** Names of the features. Default: `image_raw` and `label`. */
  readonly features?: { readonly image: string; readonly label: string };
  /** What the image feature holds. Default: what the manifest says, else `jpeg`, which may be a PNG, too. */
  readonly storage?: Storage | undefined;
}

const schemaOf = ({ image, label }: { image: string; label: string }) => ({
  [image]: bytes(),
  [label]: int64({ varLen: true, as: "number" }),
});

/** What records are made of. */
interface Layout {
  readonly features: { readonly image: string; readonly label: string };
  readonly classNames: readonly string[];
  readonly oneHot: boolean;
}

/** Records of a set of files, in the orders of `ShardedReader`. */
export class ShardItems implements ImageItems {
  readonly name: string;
  readonly count: number;
  readonly classNames: readonly string[];
  readonly oneHot: boolean;
  readonly storage: Storage;
  readonly shards: ShardsHash;
  readonly #files: readonly string[];
  readonly #layout: Layout;
  /** Readers that nobody reads from now, by what their order depends on: opening one looks at every file. */
  readonly #idle = new Map<string, ShardedReader[]>();

  private constructor(
    files: readonly string[],
    facts: Pick<ShardItems, "name" | "count" | "storage" | "shards">,
    layout: Layout,
  ) {
    this.name = facts.name;
    this.count = facts.count;
    this.storage = facts.storage;
    this.shards = facts.shards;
    this.classNames = layout.classNames;
    this.oneHot = layout.oneHot;
    this.#files = files;
    this.#layout = layout;
  }

  /**
   * @param pattern files, as `resolveShards` takes them
   * @throws MissingDataError where there are no records; DataError where nothing names the classes; what the first
   *   record's faults are
   */
  static async open(pattern: string | readonly string[], options: ShardItemsOptions = {}): Promise<ShardItems> {
    const { features = { image: "image_raw", label: "label" } } = options;
    const files = await resolveShards(pattern);
    const name = typeof pattern === "string" ? pattern : files.join(", ");
    const first = await firstRecord(files);
    if (!first) throw new MissingDataError(`${name}: expected records, found none in ${files.length} files`);
    const facts = await findManifest(files);
    const classNames = await namesOf(options.labelMap, facts?.classNames, name);
    const { label } = parsed(first, features);
    const oneHot = label.length > 1;
    const layout = { features, classNames, oneHot };
    classOf(first, label, layout);
    const storage = options.storage ?? facts?.storage ?? "jpeg";
    const count = facts?.records ?? (await countRecords(files));
    return new ShardItems(files, { name, count, storage, shards: await hashShards(files) }, layout);
  }

  async *items({ shuffle, seed, epoch, from, wanted }: ItemOrder): AsyncGenerator<ImageItem, void, undefined> {
    // All of a file that is not shuffled is read faster in one stream.
    const selective = wanted !== undefined;
    const key = shuffle ? `shuffled by ${seed}` : `in order, ${selective ? "some" : "all"}`;
    const reader = this.#idle.get(key)?.pop() ?? (await ShardedReader.open(this.#files, { shuffle, seed, selective }));
    try {
      reader.restore({ ...reader.state(), epoch, position: from });
      for await (const record of reader.read(wanted)) yield this.#item(record);
    } finally {
      this.#idle.set(key, [...(this.#idle.get(key) ?? []), reader]);
    }
  }

  #item(record: TfRecord): ImageItem {
    const { image, label } = parsed(record, this.#layout.features);
    return { source: { name: placeOf(record), bytes: image }, label: classOf(record, label, this.#layout) };
  }

  async close(): Promise<void> {
    for (const reader of [...this.#idle.values()].flat()) await reader.close();
    this.#idle.clear();
  }
}

async function firstRecord(files: readonly string[]): Promise<TfRecord | undefined> {
  for (const file of files) for await (const record of readRecords(file)) return record;
  return undefined;
}

/** Without reading the records, where they are not compressed. */
async function countRecords(files: readonly string[]): Promise<number> {
  await using reader = await ShardedReader.open(files, { shuffle: true });
  if (reader.count !== undefined) return reader.count;
  let count = 0;
  for (const file of files) for await (const _ of readRecords(file)) count++;
  return count;
}

async function namesOf(labelMap: string | undefined, known: readonly string[] | undefined, name: string) {
  if (labelMap !== undefined) {
    const text = await readFile(labelMap, "utf8").catch((cause: NodeJS.ErrnoException) => {
      throw new MissingDataError(`${labelMap}: the label map cannot be read (${cause.code})`, { cause });
    });
    return parseLabelMap(text, labelMap).names;
  }
  if (known) return known;
  throw new DataError(
    `${name}: nothing names the classes: there is no manifest.json of preprocess beside these files\n  hint: name the label map with --label-map`,
  );
}

function parsed(record: TfRecord, { image, label }: Layout["features"]): { image: Uint8Array; label: number[] } {
  const found = parseExample(record, schemaOf({ image, label })) as Record<string, unknown>;
  return { image: found[image] as Uint8Array, label: found[label] as number[] };
}

/** `train-0.tfrecord: record 3 (at byte 5620)`. */
function placeOf({ source, record, offset }: TfRecord): string {
  return `${source}: record ${record} (at byte ${offset})`;
}

/** The number of a record's class. */
function classOf(record: TfRecord, label: readonly number[], { features, classNames, oneHot }: Layout): number {
  const refuse = (problem: string) => {
    throw new CorruptRecordError(`${placeOf(record)}: feature ${quote(features.label)}: ${problem}`, record.record);
  };
  const classes = classNames.length;
  const expected = oneHot ? `${classes} values, one-hot` : "one class number";
  if (label.length !== (oneHot ? classes : 1)) refuse(`expected ${expected}, got ${label.length} values`);
  if (!oneHot) {
    const [number] = label as [number];
    if (number < 0 || number >= classes) {
      refuse(`label ${number} is none of the ${classes} classes, 0 … ${classes - 1}`);
    }
    return number;
  }
  const number = label.indexOf(1);
  const others = label.filter((value, place) => place !== number && value !== 0);
  if (number < 0 || others.length > 0) refuse("expected a 1 among zeros");
  return number;
}
