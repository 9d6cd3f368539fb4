import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { CorruptRecordError, DataError, quote } from "../errors.ts";
import type { ImageSet } from "../image-set.ts";
import { readNpy } from "../npy/npy.ts";
import { readNpz } from "../npy/npz.ts";
import type { NumpyArray } from "../pickle/numpy.ts";
import { holdOutTest, type LabelledSet } from "./labelled-set.ts";

type Arrays = ReadonlyMap<string, NumpyArray>;

/** The names under which images and labels lie, in Keras's manner and in others'. */
const NAMES = {
  train: [
    ["x_train", "y_train"],
    ["train_images", "train_labels"],
    ["images", "labels"],
    ["x", "y"],
  ],
  test: [
    ["x_test", "y_test"],
    ["test_images", "test_labels"],
    ["x_val", "y_val"],
    ["val_images", "val_labels"],
  ],
  classes: ["class_names", "label_names", "names"],
} as const;

/**
 * Reads a set from a `.npz` file, or from `.npy` files of the same names in a folder: `x_train`, `y_train`, `x_test` and
 * `y_test` (or `train_images` …, or `images` and `labels`), images uint8 [N, H, W, C] or grey [N, H, W], which become
 * three equal channels; labels integers [N] or [N, 1]; and optionally `class_names`. Without a test part a stratified
 * fifth becomes it.
 *
 * @throws NpyError, DataError or CorruptRecordError, naming file, array and record.
 */
export async function loadNpz(path: string): Promise<LabelledSet> {
  const isFolder = (await stat(path)).isDirectory();
  const arrays = isFolder ? await readFolder(path) : readNpz(await readFile(path), { source: path });
  const train = readPart(arrays, NAMES.train, path);
  if (!train) {
    const found = [...arrays.keys()].slice(0, 8).map(quote);
    throw new DataError(`${path}: expected the arrays "x_train" and "y_train", found ${found.join(", ") || "none"}`);
  }
  const test = readPart(arrays, NAMES.test, path);
  const most = [train, ...(test ? [test] : [])].reduce(
    (a, { labels }) => labels.reduce((b, c) => Math.max(b, c), a),
    0,
  );
  const name = basename(resolve(path)).replace(/\.npz$/, "");
  const classNames = readNames(arrays, most, path);
  return test ? { name, train, test, classNames } : holdOutTest(train, { name, classNames });
}

/** The `.npy` files of a folder by name. */
export async function npyFiles(path: string): Promise<string[]> {
  return (await readdir(path)).filter((name) => name.endsWith(".npy")).sort();
}

async function readFolder(path: string): Promise<Arrays> {
  const arrays = new Map<string, NumpyArray>();
  for (const file of await npyFiles(path)) {
    const source = join(path, file);
    arrays.set(file.replace(/\.npy$/, ""), readNpy(await readFile(source), { source }));
  }
  return arrays;
}

function readPart(arrays: Arrays, names: readonly (readonly [string, string])[], path: string): ImageSet | undefined {
  const found = names.find(([images]) => arrays.has(images));
  if (!found) return undefined;
  const [imageKey, labelKey] = found;
  const { images, shape } = readImages(arrays.get(imageKey)!, `${path}: ${quote(imageKey)}`);
  const labels = arrays.get(labelKey);
  if (!labels)
    throw new DataError(`${path}: expected an array ${quote(labelKey)} beside ${quote(imageKey)}, found none`);
  return { images, labels: readLabels(labels, shape[0], `${path}: ${quote(labelKey)}`), shape };
}

function readImages({ data, shape, dtype }: NumpyArray, source: string): Pick<ImageSet, "images" | "shape"> {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (dtype !== "u1" || !(data instanceof Uint8Array) || shape.length < 3 || shape.length > 4) {
    throw new DataError(`${source}: expected uint8 [N, H, W, C] or [N, H, W], found ${dtype} [${shape.join(", ")}]`);
  }
  if (channels !== 1) return { images: data, shape: [count, height, width, channels] };
  const images = new Uint8Array(3 * data.length);
  for (const [i, grey] of data.entries()) images.fill(grey, 3 * i, 3 * i + 3);
  return { images, shape: [count, height, width, 3] };
}

function readLabels({ data, shape, dtype }: NumpyArray, count: number, source: string): Int32Array {
  if (!/^[iu][1248]$/.test(dtype) || (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1))) {
    throw new DataError(`${source}: expected integers [N] or [N, 1], found ${dtype} [${shape.join(", ")}]`);
  }
  if (shape[0] !== count)
    throw new DataError(`${source}: expected ${count} labels, one for each image, found ${shape[0]}`);
  return Int32Array.from(data as ArrayLike<number | bigint>, (label, record) => {
    const value = Number(label);
    if (value >= 0 && value < 2 ** 31) return value;
    throw new CorruptRecordError(`${source}: record ${record}: expected a label ≥ 0, found ${value}`, record);
  });
}

function readNames(arrays: Arrays, most: number, path: string): readonly string[] {
  const key = NAMES.classes.find((name) => arrays.has(name));
  if (key === undefined) return Array.from({ length: most + 1 }, (_, i) => `class ${i}`);
  const { data, shape } = arrays.get(key)!;
  const names = Array.from<unknown>(data).map((name) =>
    name instanceof Uint8Array ? new TextDecoder().decode(name) : name,
  );
  if (shape.length === 1 && names.length > most && names.every((name) => typeof name === "string")) return names;
  throw new DataError(`${path}: ${quote(key)}: expected at least ${most + 1} names, found ${names.length} values`);
}
