import { checkCompression, checkInteger, encodeRecord } from "./framing.ts";
import type { Compression } from "./sniff.ts";

/** Options of {@link encodeRecordStream}. */
export interface EncodeOptions {
  /** How to compress all of it. JPEGs do not get smaller, and no record can be found by its offset. Default: "none". */
  readonly compression?: Compression;
  /** 0 (none) to 9 (smallest). Default: 6, as zlib's own. */
  readonly level?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
}

/**
 * Writes records as a stream of bytes, taking the next record when the bytes of the one before were taken.
 *
 * @param records the data of each, in order
 * @throws TfRecordError when an option cannot be.
 *
 * @example
 * const body = ReadableStream.from(encodeRecordStream(records, { compression: "gzip" }));
 */
export async function* encodeRecordStream(
  records: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { compression = "none", level = 6 }: EncodeOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  checkCompression(compression);
  checkInteger("level", level, 0, 9);
  if (compression === "none") {
    for await (const data of records) yield encodeRecord(data);
    return;
  }
  const { Deflate } = await import("pako");
  const deflate = new Deflate({ gzip: compression === "gzip", level });
  const output: Uint8Array<ArrayBuffer>[] = [];
  deflate.onData = (chunk) => output.push(chunk);
  const take = () => output.splice(0);
  for await (const data of records) {
    deflate.push(encodeRecord(data), false);
    yield* take();
  }
  deflate.push(new Uint8Array(0), true);
  yield* take();
}
