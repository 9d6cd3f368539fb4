import { type ByteChunks, eachChunk, peekStart } from "./byte-chunks.ts";
import { RecordDecoder } from "./decoder.ts";
import { DecompressionError } from "./errors.ts";
import { checkCompression, type RecordOptions, recordLimits, type TfRecord } from "./framing.ts";
import { inflateChunks } from "./inflate.ts";
import { type Compression, detectCompression, HEADER_BYTES } from "./sniff.ts";

/** Options of {@link decodeRecordStream}. */
export interface StreamOptions extends RecordOptions {
  /** How the bytes are compressed. Default: "auto", by their content. */
  readonly compression?: Compression | "auto";
}

/**
 * Reads records from a stream of bytes, which may be compressed with gzip or zlib. Memory is taken as bytes arrive,
 * never because a length promises them.
 *
 * A record that lies within one chunk is a view into it, and keeps it alive; another is a copy.
 *
 * @throws CorruptRecordError at the first record that is not as it was written, unless `onLoss` takes losses. Where
 *   the bytes are compressed, offsets are those of the decompressed bytes.
 *
 * @example
 * const { body } = await fetch(url);
 * for await (const { data } of decodeRecordStream(body, { source: url })) count++;
 */
export async function* decodeRecordStream(
  chunks: ByteChunks,
  options: StreamOptions = {},
): AsyncGenerator<TfRecord, void, undefined> {
  const { compression: stated = "auto" } = options;
  checkCompression(stated, "auto");
  const { start, chunks: all } = await peekStart(eachChunk(chunks), HEADER_BYTES);
  const compression = stated === "auto" ? detectCompression(start) : stated;
  const plain = compression === "none" ? all : inflateChunks(all, compression);
  yield* decodeChunks(plain, new RecordDecoder(recordLimits(options), compression));
}

/** Records of uncompressed chunks, whose source may fail to decompress them. */
export async function* decodeChunks(
  chunks: AsyncIterable<Uint8Array>,
  decoder: RecordDecoder,
): AsyncGenerator<TfRecord, void, undefined> {
  try {
    for await (const chunk of chunks) {
      decoder.push(chunk);
      for (let record = decoder.next(false); record !== null; record = decoder.next(false)) yield record;
    }
  } catch (error) {
    if (!(error instanceof DecompressionError)) throw error;
    decoder.abandon(error.message);
    return;
  }
  for (let record = decoder.next(true); record !== null; record = decoder.next(true)) yield record;
}
