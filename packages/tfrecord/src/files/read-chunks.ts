import type { FileHandle } from "node:fs/promises";
import { fileError } from "./file-errors.ts";

/** Bytes that are read at a time: enough that a system call costs little beside the checksums. */
const CHUNK_BYTES = 2 ** 20;

/** A file's bytes in order, the next chunk being read while one is used. Each chunk has memory of its own. */
export async function* readChunks(
  handle: FileHandle,
  path: string,
  onProgress?: (bytesRead: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = 0;
  let next = readAt(handle, position, CHUNK_BYTES);
  try {
    for (;;) {
      const chunk = await next;
      if (chunk.length === 0) return;
      position += chunk.length;
      next = readAt(handle, position, CHUNK_BYTES);
      // It may fail while nobody waits for it; who waits will hear.
      next.catch(() => undefined);
      onProgress?.(position);
      yield chunk;
    }
  } catch (error) {
    throw fileError(path, error);
  } finally {
    await next.catch(() => undefined);
  }
}

/** Up to `count` bytes from a position on: fewer only where the file ends. */
export async function readAt(handle: FileHandle, position: number, count: number): Promise<Uint8Array> {
  // Not from Node's pool, which would keep other buffers alive; every byte that is given out was read.
  const buffer = Buffer.allocUnsafeSlow(count);
  let filled = 0;
  while (filled < count) {
    const { bytesRead } = await handle.read(buffer, filled, count - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return new Uint8Array(buffer.buffer, 0, filled);
}
