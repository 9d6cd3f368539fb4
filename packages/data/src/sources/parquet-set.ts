import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { CorruptRecordError, DataError, MissingDataError } from "../errors.ts";
import { decodeImage } from "../image/decode-image.ts";
import type { ImageSet } from "../image-set.ts";
import { type CifarLabels, concat, superclassesOf } from "./cifar.ts";
import { CIFAR100_COARSE_NAMES, CIFAR100_FINE_NAMES } from "./cifar-names.ts";
import { holdOutTest, type LabelledSet } from "./labelled-set.ts";

/** Rows that are decoded before the next are read. */
const ROWS = 1000;

interface ParquetPart {
  readonly set: ImageSet;
  readonly columns: Columns;
  readonly names: ReadonlyMap<string, readonly string[]>;
}

interface LoadParquetOptions {
  readonly labels?: CifarLabels;
  /** Told of the rows that are decoded, of those of all files. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends it between two rows, by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads images in parquet as the Hugging Face Hub has them: a column `img` or `image` of { bytes, path } with PNGs or
 * JPEGs of one size, and `label`, or `fine_label` and `coarse_label`. The names of the classes are those that the file's
 * `huggingface` metadata has; for `fine_label` and `coarse_label` without them, CIFAR-100's.
 *
 * @param path a `.parquet` file; or a folder with `train-*.parquet` and `test-*.parquet` (or `validation-*`). Of a
 *   source without a test part a stratified fifth becomes it.
 * Not for files of strangers: the library that reads parquet believes the counts in a file, and a hostile one can keep it
 * busy for long.
 *
 * @throws DataError naming the file; CorruptRecordError naming the row.
 */
export async function loadParquet(
  path: string,
  { labels = "fine", ...options }: LoadParquetOptions = {},
): Promise<LabelledSet> {
  const files = (await stat(path)).isDirectory() ? await parquetFiles(path) : { train: [path], test: [] };
  if (files.train.length === 0) {
    throw new MissingDataError(`${resolve(path)}: expected train-*.parquet in this folder, found none`);
  }
  const onRow = await rowCounter([...files.train, ...files.test], options);
  const parts = { train: await readParts(files.train, onRow), test: await readParts(files.test, onRow) };
  const train = joinParts(parts.train);
  const { columns, names } = parts.train[0]!;
  const test = parts.test.length > 0 ? joinParts(parts.test) : undefined;
  const fine = namesOf(
    columns.label,
    names,
    highest([train, test], ({ labels }) => labels),
  );
  const name = nameOf(path, columns, fine.length);
  if (!columns.coarse) return finish({ name, classNames: fine }, train, test);
  const coarse = namesOf(
    columns.coarse,
    names,
    highest([train, test], ({ coarseLabels }) => coarseLabels!),
  );
  if (labels === "coarse") {
    const lift = (set: ImageSet): ImageSet => ({ images: set.images, labels: set.coarseLabels!, shape: set.shape });
    return finish({ name, classNames: coarse, superclassNames: coarse }, lift(train), test && lift(test));
  }
  const both = [train, ...(test ? [test] : [])].map((set) => ({ fine: set.labels, coarse: set.coarseLabels }));
  const superclassOf = superclassesOf(both, fine.length, path);
  return finish({ name, classNames: fine, superclassNames: coarse, superclassOf }, train, test);
}

type Rest = Parameters<typeof holdOutTest>[1];

function finish(rest: Rest, train: ImageSet, test: ImageSet | undefined): LabelledSet {
  return test ? { ...rest, train, test } : holdOutTest(train, rest);
}

/** The files of a folder by part, sorted by name. */
export async function parquetFiles(path: string): Promise<{ train: string[]; test: string[] }> {
  const all = (await readdir(path)).filter((name) => name.endsWith(".parquet")).sort();
  const part = (pattern: RegExp) => all.filter((name) => pattern.test(name)).map((name) => join(path, name));
  const test = part(/^test\b/);
  return { train: part(/^train\b/), test: test.length > 0 ? test : part(/^(validation|valid|val)\b/) };
}

/** To be called at every row: tells of it, and throws what the signal says. */
async function rowCounter(paths: readonly string[], { onProgress, signal }: LoadParquetOptions): Promise<() => void> {
  let [done, total] = [0, 0];
  if (onProgress) for (const path of paths) total += Number((await openParquet(path)).metadata.num_rows);
  return () => {
    signal?.throwIfAborted();
    onProgress?.(++done, total);
  };
}

async function openParquet(path: string) {
  try {
    const file = await asyncBufferFromFile(path);
    return { file, metadata: await parquetMetadataAsync(file) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  if (error instanceof DataError || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  return new DataError(`${path}: the parquet file cannot be read: ${(error as Error).message}`, { cause: error });
}

async function readParts(paths: readonly string[], onRow: () => void): Promise<ParquetPart[]> {
  const parts: ParquetPart[] = [];
  for (const path of paths) parts.push(await readPart(path, onRow));
  return parts;
}

async function readPart(path: string, onRow: () => void): Promise<ParquetPart> {
  const { file, metadata } = await openParquet(path);
  const columns = columnsOf(metadata, path);
  const rows = Number(metadata.num_rows);
  const images: Uint8Array[] = [];
  const [labels, coarse]: [number[], number[]] = [[], []];
  let size: readonly [number, number] | undefined;
  for (let start = 0; start < rows; start += ROWS) {
    const some = await parquetReadObjects({
      ...{ file, metadata, rowStart: start, rowEnd: Math.min(rows, start + ROWS) },
      columns: [columns.image, columns.label, ...(columns.coarse ? [columns.coarse] : [])],
      // Else the bytes of a PNG become text.
      utf8: false,
    }).catch((error) => {
      throw unreadable(path, error);
    });
    for (const [i, row] of some.entries()) {
      onRow();
      const record = start + i;
      const image = await decodeImage(bytesOf(row[columns.image], record, path), { source: `${path}: row ${record}` });
      size ??= [image.height, image.width];
      if (image.height !== size[0] || image.width !== size[1]) {
        const sizes = `expected ${size[0]} × ${size[1]} pixels, as row 0 has, found ${image.height} × ${image.width}`;
        throw new CorruptRecordError(`${path}: row ${record}: ${sizes}`, record);
      }
      images.push(image.pixels);
      labels.push(labelOf(row, columns.label, record, path));
      if (columns.coarse) coarse.push(labelOf(row, columns.coarse, record, path));
    }
  }
  if (!size) throw new MissingDataError(`${path}: expected images, found no rows`);
  const set: ImageSet = {
    images: concat(images, Uint8Array),
    labels: Int32Array.from(labels),
    ...(columns.coarse && { coarseLabels: Int32Array.from(coarse) }),
    shape: [images.length, ...size, 3],
  };
  return { set, columns, names: hubNames(metadata) };
}

interface Columns {
  readonly image: string;
  readonly label: string;
  readonly coarse?: string;
}

function columnsOf({ schema }: FileMetaData, path: string): Columns {
  const children = topLevel(schema);
  const image = ["img", "image"].find((name) => children.includes(name));
  const label = ["fine_label", "label"].find((name) => children.includes(name));
  if (image === undefined || label === undefined) {
    const found = children.slice(0, 8).map((name) => JSON.stringify(name));
    const expected = 'the columns "img" or "image" and "label" or "fine_label"';
    throw new DataError(`${path}: expected ${expected}, found ${found.join(", ") || "none"}`);
  }
  return { image, label, ...(children.includes("coarse_label") && { coarse: "coarse_label" }) };
}

/** The schema is a tree in pre-order: each group is followed by its children. */
function topLevel(schema: FileMetaData["schema"]): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = () => {
    const children = schema[at++]?.num_children ?? 0;
    for (let i = 0; i < children; i++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]!.name);
    skip();
  }
  return names;
}

function bytesOf(cell: unknown, record: number, path: string): Uint8Array {
  const bytes = cell instanceof Uint8Array ? cell : (cell as { bytes?: unknown } | null | undefined)?.bytes;
  if (bytes instanceof Uint8Array) return bytes;
  throw new CorruptRecordError(`${path}: row ${record}: expected the bytes of an image, found none`, record);
}

function labelOf(row: Record<string, unknown>, column: string, record: number, path: string): number {
  const value = row[column];
  const label = typeof value === "bigint" ? Number(value) : value;
  if (typeof label === "number" && Number.isInteger(label) && label >= 0 && label < 2 ** 31) return label;
  const problem = `expected a label ≥ 0 in "${column}", found ${typeof label === "number" ? label : "another value"}`;
  throw new CorruptRecordError(`${path}: row ${record}: ${problem}`, record);
}

/** What the Hub's `datasets` writes of the columns' classes. */
function hubNames({ key_value_metadata: pairs = [] }: FileMetaData): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  try {
    const text = pairs.find(({ key }) => key === "huggingface")?.value ?? "{}";
    const { info } = JSON.parse(text) as { info?: { features?: Record<string, { names?: unknown }> } };
    for (const [column, feature] of Object.entries(info?.features ?? {})) {
      if (Array.isArray(feature.names)) names.set(column, feature.names.map(String));
    }
  } catch {
    // Names are a convenience: what is no JSON has none.
  }
  return names;
}

/** The names that the file has; for labels in two levels without them, CIFAR-100's. */
function namesOf(column: string, known: ReadonlyMap<string, readonly string[]>, most: number): readonly string[] {
  const named = known.get(column);
  // The Hub's CIFAR-100 calls the crab "cra".
  if (named && named.length > most)
    return named.length === 100 ? named.map((name) => (name === "cra" ? "crab" : name)) : named;
  if (column === "fine_label" && most < 100) return CIFAR100_FINE_NAMES;
  if (column === "coarse_label" && most < 20) return CIFAR100_COARSE_NAMES;
  return Array.from({ length: most + 1 }, (_, i) => `class ${i}`);
}

function highest(sets: readonly (ImageSet | undefined)[], pick: (set: ImageSet) => Int32Array): number {
  return sets.reduce((most, set) => (set ? pick(set).reduce((a, b) => Math.max(a, b), most) : most), 0);
}

function nameOf(path: string, { coarse }: Columns, classes: number): string {
  if (coarse && classes === 100) return "cifar-100";
  return basename(resolve(path)).replace(/\.parquet$/, "");
}

function joinParts(parts: readonly ParquetPart[]): ImageSet {
  if (parts.length === 1) return parts[0]!.set;
  const sets = parts.map(({ set }) => set);
  const [, ...size] = sets[0]!.shape;
  const other = sets.find(({ shape }) => shape[1] !== size[0] || shape[2] !== size[1]);
  if (other) throw new DataError(`expected images of ${size} in every file, found ${other.shape.slice(1)}`);
  const coarse = sets.flatMap(({ coarseLabels }) => (coarseLabels ? [coarseLabels] : []));
  const labels = concat(
    sets.map((set) => set.labels),
    Int32Array,
  );
  return {
    images: concat(
      sets.map((set) => set.images),
      Uint8Array,
    ),
    labels,
    ...(coarse.length === sets.length && { coarseLabels: concat(coarse, Int32Array) }),
    shape: [labels.length, ...size],
  };
}
