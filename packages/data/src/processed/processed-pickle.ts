/** @file Prepared sets as the dict of five keys that the first of the CIFAR-100 tutorials pickles. */
import { DataError } from "../errors.ts";
import { PickleError } from "../pickle/errors.ts";
import { NumpyArray } from "../pickle/numpy.ts";
import { unpickle } from "../pickle/unpickle.ts";
import type { PickleKey, PickleValue } from "../pickle/value.ts";
import type { FoundArray } from "./named-arrays.ts";
import { type Pickled, pickleParts } from "./pickle-writer.ts";
import { PARTS, type ProcessedSet } from "./processed-set.ts";

/**
 * The pickle's bytes, in parts: a dict of `train_dataset` and `test_dataset` (uint8 or float32 [N, H, W, C]),
 * `train_labels` and `test_labels` (int64 [N]) and `label_names` (a list of bytes, as CIFAR's `meta` has them), with
 * `validation_dataset` and `validation_labels` only where a validation set was held out.
 */
export function encodeProcessedPickle(set: ProcessedSet): Uint8Array[] {
  const dict = new Map<string, Pickled>();
  for (const part of ["train", "test", "validation"] as const) {
    const images = set[part];
    if (!images) continue;
    const dtype = images.images instanceof Float32Array ? "f4" : "u1";
    dict.set(`${part}_dataset`, { dtype, shape: images.shape, data: images.images });
    const labels = BigInt64Array.from(images.labels, BigInt);
    dict.set(`${part}_labels`, { dtype: "i8", shape: [labels.length], data: labels });
  }
  const encoder = new TextEncoder();
  dict.set(
    "label_names",
    set.metadata.classNames.map((name) => encoder.encode(name)),
  );
  return pickleParts(dict);
}

/** Arrays and class names of such a pickle, whoever wrote it. */
export function decodeProcessedPickle(
  bytes: Uint8Array,
  source: string,
): { arrays: Map<string, FoundArray>; classNames: string[] } {
  const dict = readDict(bytes, source);
  const arrays = new Map<string, FoundArray>();
  for (const part of PARTS) {
    for (const [key, name] of [
      ["dataset", "images"],
      ["labels", "labels"],
    ]) {
      const value = dict.get(`${part}_${key}`);
      if (value instanceof NumpyArray) arrays.set(`${part}.${name}`, value);
    }
  }
  const names = dict.get("label_names");
  if (!Array.isArray(names)) throw new DataError(`${source}: label_names: expected a list of names, found none`);
  const decoder = new TextDecoder();
  const classNames = names.map((name, i) => {
    if (typeof name === "string") return name;
    if (name instanceof Uint8Array) return decoder.decode(name);
    throw new DataError(`${source}: label_names[${i}]: expected text, found another value`);
  });
  return { arrays, classNames };
}

function readDict(bytes: Uint8Array, source: string): Map<PickleKey, PickleValue> {
  try {
    const value = unpickle(bytes);
    if (value instanceof Map) return value;
  } catch (error) {
    throw error instanceof PickleError ? error.within(source) : error;
  }
  throw new DataError(`${source}: expected a pickled dict, found another value`);
}
