import type { Tensor } from "./decode.ts";
import { arrayOf, byteLength, isDtype, layoutRank } from "./dtype.ts";
import { quote, SafetensorsError } from "./errors.ts";
import { LENGTH_BYTES } from "./header.ts";

/** Pairs, given as a Map or as a plain object. */
export type Named<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Writes a safetensors file.
 *
 * The output is a pure function of the input's contents: tensors are laid out as the reference implementation does,
 * by dtype (widest alignment first, see `DTYPES`), then by name in UTF-8 byte order; metadata, which the reference
 * leaves in no particular order, by key. The header is padded with spaces to a multiple of 8 bytes, so every tensor is
 * aligned.
 *
 * @param tensors the tensors by name; data in row-major order.
 * @param metadata free text pairs, kept under `__metadata__`. Default: none.
 * @throws SafetensorsError when a tensor's data do not fit its dtype and shape, or a name cannot be written.
 *
 * @example
 * await writeFile("model.safetensors", encode({ bias: { dtype: "F32", shape: [2], data: new Float32Array(2) } }));
 */
export function encode(tensors: Named<Tensor>, metadata: Named<string> = {}): Uint8Array<ArrayBuffer> {
  const parts = encodeParts(tensors, metadata);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * The bytes of {@link encode} in parts, to be written one after the other: the header, then the tensors, which are views
 * of their data and not copied. For files that are too large to be held twice.
 */
export function encodeParts(tensors: Named<Tensor>, metadata: Named<string> = {}): Uint8Array[] {
  const sorted = entries(tensors).sort(
    ([a, x], [b, y]) => layoutRank(x.dtype) - layoutRank(y.dtype) || compareText(a, b),
  );
  for (const [name, tensor] of sorted) checkTensor(name, tensor);
  const header = new TextEncoder().encode(headerText(sorted, entries(metadata)));
  const padded = Math.ceil(header.length / 8) * 8;
  const start = new Uint8Array(LENGTH_BYTES + padded);
  new DataView(start.buffer).setBigUint64(0, BigInt(padded), true);
  start.set(header, LENGTH_BYTES);
  start.fill(0x20, LENGTH_BYTES + header.length);
  return [start, ...sorted.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/** The JSON as text: an object could not hold the key `__proto__`, nor keep `"10"` behind `"a"`. */
function headerText(sorted: readonly [string, Tensor][], metadata: [string, string][]): string {
  const parts: string[] = [];
  if (metadata.length > 0) {
    const pairs = metadata.sort(([a], [b]) => compareText(a, b)).map(([key, text]) => metadataPair(key, text));
    parts.push(`"__metadata__":{${pairs.join(",")}}`);
  }
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const end = offset + data.byteLength;
    parts.push(`${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${offset},${end}]}`);
    offset = end;
  }
  return `{${parts.join(",")}}`;
}

function metadataPair(key: string, text: string): string {
  if (typeof text !== "string") {
    throw new SafetensorsError(`encode: expected metadata ${quote(key)} to be a string, got ${typeof text}`);
  }
  if (LONE_SURROGATE.test(key) || LONE_SURROGATE.test(text)) {
    throw new SafetensorsError(`encode: metadata ${quote(key)} holds half a surrogate pair, which UTF-8 cannot write`);
  }
  return `${JSON.stringify(key)}:${JSON.stringify(text)}`;
}

function checkTensor(name: string, tensor: Tensor): void {
  const fail = (problem: string) => new SafetensorsError(`encode: ${problem}`, { tensor: name });
  if (name === "__metadata__") throw fail("the format keeps this name for itself; pass the metadata argument");
  if (LONE_SURROGATE.test(name)) throw fail("its name holds half a surrogate pair, which UTF-8 cannot write");
  if (!isDtype(tensor.dtype))
    throw fail(`expected dtype to be one the format defines, got ${quote(`${tensor.dtype}`)}`);
  const bad = tensor.shape.findIndex((size) => !Number.isSafeInteger(size) || size < 0);
  if (bad >= 0) throw fail(`expected shape[${bad}] to be an integer from 0 to 2^53 − 1, got ${tensor.shape[bad]}`);
  const array = arrayOf(tensor.dtype);
  if (!(tensor.data instanceof array)) {
    throw fail(`expected ${tensor.dtype} data to be a ${array.name}, got ${Object(tensor.data).constructor?.name}`);
  }
  const needed = byteLength(tensor.dtype, tensor.shape);
  if (needed !== tensor.data.byteLength) {
    const size = Number.isNaN(needed) ? "no whole number of bytes below 2^53" : `${needed} bytes`;
    throw fail(`${tensor.dtype} [${tensor.shape.join(", ")}] takes ${size}, got ${tensor.data.byteLength}`);
  }
}

function entries<T>(named: Named<T>): [string, T][] {
  return named instanceof Map ? [...named] : Object.entries(named);
}

/** Order of UTF-8 bytes, which is that of code points; `<` on strings compares UTF-16 units and differs past U+FFFF. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}
