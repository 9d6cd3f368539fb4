import { encodeParts, type Tensor } from "@tessera/safetensors";
import { show } from "../arguments.ts";
import { ArgumentError, DataError } from "../errors.ts";
import type { NpyArray } from "../npy/npy.ts";
import { writeNpz } from "../npy/npz.ts";
import { encodePreprocessor, PREPROCESSOR } from "../preprocess/preprocessor-file.ts";
import { arraysOf } from "./named-arrays.ts";
import { encodeProcessedPickle } from "./processed-pickle.ts";
import type { ProcessedSet } from "./processed-set.ts";
import { writeWhole } from "./whole-file.ts";

/** How a prepared set can be written. */
export type ProcessedFormat = "safetensors" | "npz" | "pickle";

export const PROCESSED_FORMATS: readonly ProcessedFormat[] = ["safetensors", "npz", "pickle"];

/** Where a set's description is: a key of a safetensors file's metadata, a text array of an npz. */
export const METADATA = "tessera.set";

const DTYPES = new Map<unknown, Tensor["dtype"]>([
  [Uint8Array, "U8"],
  [Int32Array, "I32"],
  [Float32Array, "F32"],
  [Float64Array, "F64"],
]);

/**
 * Writes a prepared set; {@link loadProcessed} reads it. The file appears whole or not at all.
 *
 * - `safetensors` (default): tensors `train.images` (U8 or F32, [N, H, W, C]), `train.labels` (I32), the same for
 *   `validation` and `test`, and `preprocessor.*`; the description is JSON under the metadata key `tessera.set`.
 * - `npz`: the same names as arrays, for `numpy.load`, and `tessera.set` as an array of one text. Less than 4 GiB.
 * - `pickle`: what Python's `pickle.load` gives as a dict of `train_dataset`, `train_labels`, `test_dataset`,
 *   `test_labels`, `label_names`. It has no room for more, so the description goes to `<path>.json`, and a preprocessor
 *   that whitens to `<path>.preprocessor.safetensors`; coarse labels are not kept.
 *
 * @returns the files written.
 * @throws DataError "Unable to save data to …" with the reason as its cause.
 */
export async function writeProcessed(
  path: string,
  set: ProcessedSet,
  { format = "safetensors", signal }: { format?: ProcessedFormat; signal?: AbortSignal } = {},
): Promise<string[]> {
  const files = filesOf(path, set, format);
  try {
    for (const [name, parts] of files) await writeWhole(name, parts, signal);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`Unable to save data to ${path}: ${reason}`, { cause });
  }
  return files.map(([name]) => name);
}

type Files = [name: string, parts: Uint8Array[]][];

/** What describes a file comes before the file, so that no file is without its description. */
function filesOf(path: string, set: ProcessedSet, format: ProcessedFormat): Files {
  const description = JSON.stringify(set.metadata);
  if (format === "safetensors") return [[path, safetensorsOf(set, description)]];
  if (format === "npz") return [[path, [npzOf(set, description)]]];
  if (format === "pickle") {
    const files: Files = [[`${path}.json`, [new TextEncoder().encode(`${JSON.stringify(set.metadata, null, 2)}\n`)]]];
    if (set.preprocessor.arrays)
      files.push([`${path}.${PREPROCESSOR}.safetensors`, [encodePreprocessor(set.preprocessor)]]);
    files.push([path, encodeProcessedPickle(set)]);
    return files;
  }
  throw new ArgumentError(
    `writeProcessed: format: expected one of ${PROCESSED_FORMATS.join(", ")}, got ${show(format)}`,
  );
}

function safetensorsOf(set: ProcessedSet, description: string): Uint8Array[] {
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of arraysOf(set)) {
    tensors.set(name, { dtype: DTYPES.get(data.constructor)!, shape, data } as Tensor);
  }
  // The preprocessor's settings under their own key, too, so that `decodePreprocessor` takes the file.
  return encodeParts(tensors, { [METADATA]: description, [PREPROCESSOR]: JSON.stringify(set.preprocessor.settings) });
}

/** Bytes that a zip without its 64-bit extension holds, less room for its directory. */
const ZIP_LIMIT = 2 ** 32 - 2 ** 16;

function npzOf(set: ProcessedSet, description: string): Uint8Array {
  const arrays: Map<string, NpyArray> = arraysOf(set);
  const bytes = [...arraysOf(set).values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes > ZIP_LIMIT) {
    throw new ArgumentError(
      `writeProcessed: format: expected less than 4 GiB for npz, got ${bytes} bytes: use safetensors`,
    );
  }
  return writeNpz(arrays.set(METADATA, { shape: [], data: [description] }));
}
