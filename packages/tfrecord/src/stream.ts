import {
  checkedData,
  dataLength,
  FOOTER_BYTES,
  HEADER_BYTES,
  type RecordOptions,
  recordLimits,
  type TfRecord,
} from "./framing.ts";
import { plainBytes } from "./plain-bytes.ts";

/** Bytes in order, in pieces of any size: a file's stream, a response's body. */
export type ByteChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Reads records from a stream of bytes. Memory is taken as bytes arrive, never because a length promises them.
 *
 * A record that lies within one chunk is a view into it, and keeps it alive; another is a copy.
 *
 * @throws CorruptRecordError at the first record that is not as it was written.
 *
 * @example
 * for await (const { data } of decodeRecordStream(createReadStream(path), { source: path })) count++;
 */
export async function* decodeRecordStream(
  chunks: ByteChunks,
  options: RecordOptions = {},
): AsyncGenerator<TfRecord, void, undefined> {
  const limits = recordLimits(options);
  const queue = new ByteQueue();
  let record = 0;
  let offset = 0;
  let length: number | null = null;
  for await (const chunk of chunks) {
    queue.push(chunk);
    for (;;) {
      const place = { source: limits.source, record, offset };
      if (length === null) {
        if (queue.length < HEADER_BYTES) break;
        length = dataLength(queue.take(HEADER_BYTES), place, limits);
      }
      if (queue.length < length + FOOTER_BYTES) break;
      yield { data: checkedData(queue.take(length + FOOTER_BYTES), length, place), record, offset };
      offset += HEADER_BYTES + length + FOOTER_BYTES;
      record++;
      length = null;
    }
  }
  // What is left is less than the part of a frame that it begins, so these throw.
  const place = { source: limits.source, record, offset };
  if (length !== null) checkedData(queue.take(queue.length), length, place);
  else if (queue.length > 0) dataLength(queue.take(queue.length), place, limits);
}

/** Bytes that arrived and were not taken yet. */
class ByteQueue {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(plainBytes(chunk));
    this.#length += chunk.length;
  }

  /** The next bytes, of which there must be as many: a view where one chunk holds them all, else a copy. */
  take(count: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined || first.length < count) this.#chunks = [concatenate(this.#chunks, this.#length)];
    const whole = this.#chunks[0]!;
    if (whole.length === count) this.#chunks.shift();
    else this.#chunks[0] = whole.subarray(count);
    this.#length -= count;
    return whole.subarray(0, count);
  }
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
