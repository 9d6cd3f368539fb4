import { byteLength, type Dtype, isDtype } from "./dtype.ts";
import { quote, SafetensorsError } from "./errors.ts";
import { type Json, parseJson } from "./json.ts";

/** What the header says of one tensor. */
export interface TensorInfo {
  readonly dtype: Dtype;
  /** Sizes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** First byte of the data, counted from the start of the file. */
  readonly begin: number;
  /** One past the last byte of the data, counted from the start of the file. */
  readonly end: number;
}

/** The header of a file: everything but the numbers. */
export interface Header {
  /** The tensors by name, in the order of their data. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The free text pairs of `__metadata__`; empty when there are none. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Bytes before the data: 8 for the length, then the JSON with its padding. */
  readonly dataStart: number;
  /** Bytes of the file, as the header implies. */
  readonly fileLength: number;
}

/** The reference implementation's bound on the JSON, in bytes. */
const MAX_HEADER_LENGTH = 100_000_000;
/** Bytes of the length at the start of a file. */
export const LENGTH_BYTES = 8;

/**
 * Reads and checks the header of a safetensors file.
 *
 * @param bytes the file, or its beginning: at least the header.
 * @param fileLength bytes of the whole file, which the tensors must cover exactly; null where that is not known.
 *   Default: `bytes.length`.
 * @throws SafetensorsError when the header breaks the format.
 * @see https://huggingface.co/docs/safetensors/index#format
 */
export function readHeader(bytes: Uint8Array, fileLength: number | null = bytes.length): Header {
  const dataStart = LENGTH_BYTES + headerLength(bytes, fileLength);
  if (dataStart > bytes.length) {
    throw new SafetensorsError(`header: expected ${dataStart} bytes, have ${bytes.length}`, { offset: bytes.length });
  }
  const root = parseRoot(bytes.subarray(LENGTH_BYTES, dataStart));
  const metadata = parseMetadata(root.get("__metadata__"));
  root.delete("__metadata__");
  const infos = [...root].map(([name, value]) => [name, parseInfo(name, value, dataStart)] as const);
  infos.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const end = checkLayout(infos, dataStart, fileLength);
  return { tensors: new Map(infos), metadata, dataStart, fileLength: end };
}

/** The length of the JSON, checked before anything of that size is read or allocated. */
export function headerLength(bytes: Uint8Array, fileLength: number | null): number {
  if (bytes.length < LENGTH_BYTES) {
    throw new SafetensorsError(`file: expected at least ${LENGTH_BYTES} bytes, have ${bytes.length}`, { offset: 0 });
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_LENGTH)) {
    throw new SafetensorsError(`header: expected a length of at most ${MAX_HEADER_LENGTH} bytes, found ${length}`, {
      offset: 0,
    });
  }
  if (fileLength !== null && Number(length) > fileLength - LENGTH_BYTES) {
    const left = fileLength - LENGTH_BYTES;
    throw new SafetensorsError(`header: its length is ${length} bytes, but the file has ${left} left`, { offset: 0 });
  }
  return Number(length);
}

function parseRoot(json: Uint8Array): Map<string, Json> {
  if (json[0] !== 0x7b) {
    const found = json.length === 0 ? "nothing" : `byte 0x${json[0]!.toString(16).padStart(2, "0")}`;
    throw new SafetensorsError(`header: expected a JSON object starting with "{", found ${found}`, {
      offset: LENGTH_BYTES,
    });
  }
  return parseJson(json, LENGTH_BYTES) as Map<string, Json>;
}

function parseMetadata(value: Json | undefined): Map<string, string> {
  if (value === undefined) return new Map();
  if (!(value instanceof Map)) {
    throw new SafetensorsError(`header: expected __metadata__ to be an object of strings, found ${describe(value)}`);
  }
  for (const [key, text] of value) {
    if (typeof text !== "string") {
      throw new SafetensorsError(`header: expected __metadata__ ${quote(key)} to be a string, found ${describe(text)}`);
    }
  }
  return value as Map<string, string>;
}

function parseInfo(tensor: string, value: Json, dataStart: number): TensorInfo {
  if (!(value instanceof Map)) {
    throw new SafetensorsError(`expected an object with dtype, shape and data_offsets, found ${describe(value)}`, {
      tensor,
    });
  }
  const dtype = value.get("dtype");
  if (typeof dtype !== "string" || !isDtype(dtype)) {
    throw new SafetensorsError(`expected dtype to be one the format defines, found ${describe(dtype)}`, { tensor });
  }
  const shape = sizes(tensor, "shape", value.get("shape"));
  const offsets = sizes(tensor, "data_offsets", value.get("data_offsets"));
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined || end < begin) {
    throw new SafetensorsError(`expected data_offsets to be [begin, end] with begin ≤ end, found [${offsets}]`, {
      tensor,
    });
  }
  const needed = byteLength(dtype, shape);
  if (needed !== end - begin) {
    const size = Number.isNaN(needed) ? "no whole number of bytes below 2^53" : `${needed} bytes`;
    throw new SafetensorsError(`${dtype} [${shape.join(", ")}] takes ${size}, but data_offsets hold ${end - begin}`, {
      tensor,
      offset: dataStart + begin,
    });
  }
  return { dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function sizes(tensor: string, field: string, value: Json | undefined): number[] {
  if (!Array.isArray(value)) {
    throw new SafetensorsError(`expected ${field} to be an array, found ${describe(value)}`, { tensor });
  }
  for (const [i, size] of value.entries()) {
    if (!Number.isSafeInteger(size)) {
      throw new SafetensorsError(
        `expected ${field}[${i}] to be an integer from 0 to 2^53 − 1, found ${describe(size)}`,
        {
          tensor,
        },
      );
    }
  }
  return value as number[];
}

/** The data has no hole and no overlap, and ends where the file does. Returns that end. */
function checkLayout(
  infos: readonly (readonly [string, TensorInfo])[],
  dataStart: number,
  fileLength: number | null,
): number {
  let end = dataStart;
  for (const [tensor, info] of infos) {
    if (info.begin !== end) {
      const fault = info.begin < end ? "overlaps the tensor before it" : "leaves a hole before it";
      throw new SafetensorsError(`its data ${fault}: expected it to begin at byte ${end}, found ${info.begin}`, {
        tensor,
      });
    }
    end = info.end;
  }
  if (fileLength !== null && end !== fileLength) {
    throw new SafetensorsError(`file: the tensors end at byte ${end}, but the file has ${fileLength} bytes`, {
      offset: Math.min(end, fileLength),
    });
  }
  return end;
}

function describe(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof Map) return "an object";
  if (Array.isArray(value)) return "an array";
  return typeof value === "string"
    ? quote(value)
    : Number.isNaN(value)
      ? "a fraction or a negative number"
      : `${value}`;
}
