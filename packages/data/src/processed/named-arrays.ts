/** @file A prepared set as named arrays, which is how files hold it. */
import { CorruptRecordError, DataError } from "../errors.ts";
import type { ImageSet, Pixels } from "../image-set.ts";
import { parseSettings, preprocessorFrom, preprocessorTensors } from "../preprocess/preprocessor-file.ts";
import { PARTS, type ProcessedMetadata, type ProcessedSet } from "./processed-set.ts";

/** An array as every format can hold it. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Int32Array | Float32Array | Float64Array;
}

/** `train.images`, `train.labels`, `train.coarse_labels`, the same for validation and test, and the preprocessor's. */
export function arraysOf(set: ProcessedSet): Map<string, NamedArray> {
  const arrays = new Map<string, NamedArray>();
  for (const part of PARTS) {
    const images = set[part];
    if (!images) continue;
    arrays.set(`${part}.images`, { shape: images.shape, data: images.images });
    arrays.set(`${part}.labels`, { shape: [images.labels.length], data: images.labels });
    if (images.coarseLabels) {
      arrays.set(`${part}.coarse_labels`, { shape: [images.coarseLabels.length], data: images.coarseLabels });
    }
  }
  for (const [name, { shape, data }] of preprocessorTensors(set.preprocessor)) {
    arrays.set(name, { shape, data: data as NamedArray["data"] });
  }
  return arrays;
}

/** An array as a file gave it: of whatever type. */
export interface FoundArray {
  readonly shape: readonly number[];
  readonly data: unknown;
}

/**
 * Puts a set together from what a file has, and checks that its parts fit.
 *
 * @param metadata JSON, as the file has it.
 * @param source what errors call the file.
 */
export function setFrom(arrays: ReadonlyMap<string, FoundArray>, metadata: string, source: string): ProcessedSet {
  const facts = parseMetadata(metadata, source);
  const classes = facts.classNames.length;
  const train = partFrom(arrays, "train", classes, source);
  const test = partFrom(arrays, "test", classes, source);
  const validation = arrays.has("validation.images") && partFrom(arrays, "validation", classes, source);
  return {
    train,
    test,
    ...(validation && { validation }),
    preprocessor: preprocessorFrom(facts.preprocessing, arrays, source),
    metadata: facts,
  };
}

function partFrom(
  arrays: ReadonlyMap<string, FoundArray>,
  part: string,
  classes: number,
  source: string,
): ImageSet<Pixels> {
  const { shape, data } = found(arrays, `${part}.images`, source);
  if (shape.length !== 4 || !(data instanceof Uint8Array || data instanceof Float32Array)) {
    throw new DataError(`${source}: ${part}.images: expected [N, H, W, C] of uint8 or float32, found [${shape}]`);
  }
  const labelsOf = (name: string, most: number) => {
    const labels = toInt32(found(arrays, `${part}.${name}`, source).data);
    if (!labels || labels.length !== shape[0]) {
      const problem = `expected ${shape[0]} integers, one for each image, found ${labels?.length ?? "another array"}`;
      throw new DataError(`${source}: ${part}.${name}: ${problem}`);
    }
    const bad = labels.findIndex((label) => label < 0 || label >= most);
    if (bad < 0) return labels;
    const problem = `expected a label from 0 to ${most - 1}, found ${labels[bad]}`;
    throw new CorruptRecordError(`${source}: ${part}.${name}: record ${bad}: ${problem}`, bad);
  };
  return {
    images: data,
    labels: labelsOf("labels", classes),
    ...(arrays.has(`${part}.coarse_labels`) && { coarseLabels: labelsOf("coarse_labels", 2 ** 31) }),
    shape: shape as unknown as ImageSet["shape"],
  };
}

function found(arrays: ReadonlyMap<string, FoundArray>, name: string, source: string): FoundArray {
  const array = arrays.get(name);
  if (array) return array;
  const names = [...arrays.keys()].slice(0, 8).join(", ") || "none";
  throw new DataError(`${source}: expected an array ${name}, found ${names}: it is no prepared set`);
}

function toInt32(data: unknown): Int32Array | undefined {
  if (data instanceof Int32Array) return data;
  if (data instanceof BigInt64Array) return Int32Array.from(data, Number);
  return undefined;
}

function parseMetadata(text: string, source: string): ProcessedMetadata {
  let metadata: Partial<ProcessedMetadata> | null;
  try {
    metadata = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${source}: its description is no JSON: ${(cause as Error).message}`, { cause });
  }
  const { version, name, classNames, preprocessing } = metadata ?? {};
  if (version !== 1) throw new DataError(`${source}: expected a description of version 1, found ${String(version)}`);
  const named = typeof name === "string" && Array.isArray(classNames) && classNames.every((x) => typeof x === "string");
  if (!named) throw new DataError(`${source}: its description lacks name or classNames`);
  parseSettings(JSON.stringify(preprocessing ?? null), source);
  return metadata as ProcessedMetadata;
}
