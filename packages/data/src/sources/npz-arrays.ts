/** @file A set from named arrays, wherever they come from. */
import { CorruptRecordError, DataError, quote } from "../errors.ts";
import type { ImageSet } from "../image-set.ts";
import type { NumpyArray } from "../pickle/numpy.ts";
import { holdOutTest, type LabelledSet } from "./labelled-set.ts";

/** Arrays by name. */
export type Arrays = ReadonlyMap<string, NumpyArray>;

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
 * The set that named arrays make; see `loadNpz` for the names. Without a test part a stratified fifth becomes it.
 *
 * @param name what the set is called
 * @param path what errors call the file
 */
export function setOfArrays(arrays: Arrays, name: string, path: string): LabelledSet {
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
  const classNames = readNames(arrays, most, path);
  return test ? { name, train, test, classNames } : holdOutTest(train, { name, classNames });
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
