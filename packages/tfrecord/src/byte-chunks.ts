import { TfRecordError } from "./errors.ts";

/** Bytes in order, in pieces of any size: a file's stream, a response's body. */
export type ByteChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** The pieces of any source, each checked to be bytes. */
export async function* eachChunk(chunks: ByteChunks): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of isBareStream(chunks) ? readAll(chunks) : chunks) {
    if (!(chunk instanceof Uint8Array)) {
      throw new TfRecordError(`expected chunks of bytes (Uint8Array), got a ${typeof chunk}`);
    }
    yield chunk;
  }
}

/** Some browsers' streams are not iterable. */
function isBareStream(chunks: ByteChunks): chunks is ReadableStream<Uint8Array> {
  return "getReader" in chunks && !(Symbol.asyncIterator in chunks);
}

async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let done = false;
  try {
    for (;;) {
      const next = await reader.read();
      done = next.done;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    if (!done) await reader.cancel();
    reader.releaseLock();
  }
}

/** The first `count` bytes (fewer where there are not as many), and all chunks, those bytes included. */
export async function peekStart(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  count: number,
): Promise<{ start: Uint8Array; chunks: AsyncGenerator<Uint8Array, void, undefined> }> {
  const read: Uint8Array[] = [];
  for (let length = 0; length < count; ) {
    const next = await chunks.next();
    if (next.done) break;
    read.push(next.value);
    length += next.value.length;
  }
  const start = Uint8Array.from(read.flatMap((chunk) => [...chunk.subarray(0, count)])).subarray(0, count);
  return { start, chunks: withFirst(read, chunks) };
}

async function* withFirst(
  first: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* first;
    yield* rest;
  } finally {
    await rest.return();
  }
}
