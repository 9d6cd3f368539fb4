import { CorruptRecordError, DataError, quote } from "../errors.ts";
import { PickleError } from "../pickle/errors.ts";
import { NumpyArray } from "../pickle/numpy.ts";
import { unpickle } from "../pickle/unpickle.ts";
import type { PickleKey, PickleValue } from "../pickle/value.ts";

/** Bytes of one image in a CIFAR file: 32 × 32 red, then green, then blue. */
export const ROW_BYTES = 3 * 32 * 32;

const DAMAGED = "the file is damaged or of another kind: extract or download it again";

/** One CIFAR file, channels first as it is stored. */
export interface CifarBatch {
  /** Pixels 0 … 255, NCHW; a view of the file's bytes. */
  readonly images: Uint8Array;
  /** Class of each image, from 0. */
  readonly labels: Int32Array;
  /** [N, 3, 32, 32]. */
  readonly shape: readonly [number, 3, 32, 32];
}

/**
 * Reads one batch of a CIFAR Python archive (`data_batch_1`, `test_batch`, `train`), channels first.
 *
 * @param bytes the file. Keys may be bytes, as Python 2 wrote them, or text.
 * @param options.labelKey where the labels are: `"labels"` (default, CIFAR-10), `"fine_labels"` or `"coarse_labels"`.
 * @param options.source what errors call the file.
 * @throws PickleError when the file is no pickle of plain data; CorruptRecordError when images and labels don't fit.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 */
export function decodeCifarBatch(
  bytes: Uint8Array,
  { labelKey = "labels", source = "CIFAR batch" }: { labelKey?: string; source?: string } = {},
): CifarBatch {
  const dict = readDict(bytes, source);
  const images = readImages(dict, source);
  const rows = images.length / ROW_BYTES;
  return { images, labels: readLabels(dict, labelKey, rows, 2 ** 31, source), shape: [rows, 3, 32, 32] };
}

/** A pickle that must be a dict. */
export function readDict(bytes: Uint8Array, source: string): Map<PickleKey, PickleValue> {
  let value: PickleValue;
  try {
    value = unpickle(bytes);
  } catch (error) {
    throw error instanceof PickleError ? error.within(source) : error;
  }
  if (value instanceof Map) return value;
  throw new DataError(`${source}: expected a pickled dict, found another value; ${DAMAGED}`);
}

/** The pixels of a batch, N × 3072 bytes, channels first. */
export function readImages(dict: Map<PickleKey, PickleValue>, source: string): Uint8Array {
  const data = field(dict, "data", source);
  const bytes = data instanceof NumpyArray ? data.data : data;
  if (!(bytes instanceof Uint8Array)) {
    const found = data instanceof NumpyArray ? `a numpy array of ${data.dtype}` : "another value";
    throw new DataError(`${source}: "data": expected a uint8 array [N, ${ROW_BYTES}], found ${found}; ${DAMAGED}`);
  }
  const width = data instanceof NumpyArray && data.shape.length === 2 ? data.shape[1] : ROW_BYTES;
  if (width !== ROW_BYTES) {
    throw new CorruptRecordError(
      `${source}: record 0: expected rows of ${ROW_BYTES} bytes, found ${width}; ${DAMAGED}`,
      0,
    );
  }
  const record = Math.floor(bytes.length / ROW_BYTES);
  const rest = bytes.length % ROW_BYTES;
  if (rest !== 0) {
    const problem = `expected a row of ${ROW_BYTES} bytes at byte ${record * ROW_BYTES} of "data", found ${rest}`;
    throw new CorruptRecordError(`${source}: record ${record}: ${problem}; ${DAMAGED}`, record);
  }
  return bytes;
}

/** The labels of a batch under `key`: one a row, each from 0 to `classes` − 1. */
export function readLabels(
  dict: Map<PickleKey, PickleValue>,
  key: string,
  rows: number,
  classes: number,
  source: string,
): Int32Array {
  const value = field(dict, key, source);
  const list = value instanceof NumpyArray ? Array.from<PickleValue>(value.data) : value;
  if (!Array.isArray(list)) {
    throw new DataError(`${source}: ${quote(key)}: expected a list of labels, found another value; ${DAMAGED}`);
  }
  if (list.length !== rows) {
    const record = Math.min(list.length, rows);
    const problem = `${quote(key)}: expected ${rows} labels, one for each row of "data", found ${list.length}`;
    throw new CorruptRecordError(`${source}: record ${record}: ${problem}; ${DAMAGED}`, record);
  }
  return Int32Array.from(list, (label, record) => {
    const number = typeof label === "bigint" ? Number(label) : label;
    if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number < classes) return number;
    const found = typeof number === "number" ? number : "another value";
    const problem = `${quote(key)}: expected a label from 0 to ${classes - 1}, found ${found}`;
    throw new CorruptRecordError(`${source}: record ${record}: ${problem}; ${DAMAGED}`, record);
  });
}

/** The names of the classes, in label order. */
export function readNames(dict: Map<PickleKey, PickleValue>, key: string, count: number, source: string): string[] {
  const value = field(dict, key, source);
  const found = Array.isArray(value) ? `${value.length}` : "another value";
  if (!Array.isArray(value) || value.length !== count) {
    throw new DataError(`${source}: ${quote(key)}: expected ${count} class names, found ${found}; ${DAMAGED}`);
  }
  return value.map((name, i) => {
    if (typeof name === "string") return name;
    if (name instanceof Uint8Array) return new TextDecoder().decode(name);
    throw new DataError(`${source}: ${quote(key)}[${i}]: expected text, found another value; ${DAMAGED}`);
  });
}

function field(dict: Map<PickleKey, PickleValue>, key: string, source: string): PickleValue {
  const value = dict.get(key);
  if (value !== undefined) return value;
  const keys = [...dict.keys()].slice(0, 8).map((found) => quote(String(found)));
  throw new DataError(`${source}: expected the key ${quote(key)}, found ${keys.join(", ") || "none"}; ${DAMAGED}`);
}
