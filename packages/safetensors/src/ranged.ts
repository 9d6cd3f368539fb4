import { type Tensor, tensorFrom } from "./decode.ts";
import { quote, SafetensorsError } from "./errors.ts";
import { type Header, headerLength, LENGTH_BYTES, readHeader } from "./header.ts";

/**
 * Bytes `offset … offset + length` of a file: from a file handle, an HTTP range request, a Blob.
 * Must answer with exactly `length` bytes.
 */
export type RangeSource = (offset: number, length: number) => Promise<Uint8Array>;

/** A file whose tensors are read one at a time. */
export interface RangedReader {
  readonly header: Header;
  /**
   * Reads one tensor and nothing else.
   * @throws SafetensorsError when the file has no such tensor, or the source answers with another number of bytes.
   */
  read(name: string): Promise<Tensor>;
}

/**
 * Opens a safetensors file through ranges: reads its header now, each tensor when it is asked for.
 *
 * @param source gives the bytes of a range.
 * @param fileLength bytes of the whole file, which the tensors must cover exactly. Default: null, unknown, not checked.
 * @throws SafetensorsError when the header breaks the format.
 *
 * @example
 * const file = await open("model.safetensors");
 * const reader = await openRanged(async (offset, length) => {
 *   const { buffer } = await file.read(new Uint8Array(length), 0, length, offset);
 *   return buffer;
 * });
 * const { data } = await reader.read("conv1.weight");
 */
export async function openRanged(source: RangeSource, fileLength: number | null = null): Promise<RangedReader> {
  const start = await readRange(source, {}, 0, LENGTH_BYTES);
  const length = headerLength(start, fileLength);
  const bytes = new Uint8Array(LENGTH_BYTES + length);
  bytes.set(start);
  bytes.set(await readRange(source, {}, LENGTH_BYTES, length), LENGTH_BYTES);
  const header = readHeader(bytes, fileLength);
  return {
    header,
    async read(name) {
      const info = header.tensors.get(name);
      if (!info) throw new SafetensorsError(`read: no tensor ${quote(name)} in this file${someNames(header)}`);
      return tensorFrom(await readRange(source, { tensor: name }, info.begin, info.end - info.begin), info);
    },
  };
}

async function readRange(
  source: RangeSource,
  where: { tensor?: string },
  offset: number,
  length: number,
): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const bytes = await source(offset, length);
  if (bytes.length !== length) {
    throw new SafetensorsError(`expected ${length} bytes from the source, got ${bytes.length}`, { ...where, offset });
  }
  return bytes;
}

function someNames(header: Header): string {
  const names = [...header.tensors.keys()].slice(0, 5).map(quote);
  return names.length === 0
    ? ", which holds none"
    : `; it holds ${names.join(", ")}${header.tensors.size > 5 ? ", …" : ""}`;
}
