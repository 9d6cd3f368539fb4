import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Bytes that one system call moves at most; Node's own bound is 2³¹ − 1. */
const SLICE = 2 ** 28;

/**
 * Writes a file whole or not at all: under the name `<path>.partial`, then renamed. Makes its folder.
 *
 * @param parts its bytes, one after the other.
 * @param signal ends the writing; nothing is left then.
 */
export async function writeWhole(path: string, parts: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
  const partial = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  const file = await open(partial, "w");
  try {
    try {
      for (const part of parts) await writeAll(file, part, signal);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** As {@link writeWhole}, UTF-8. */
export function writeText(path: string, text: string): Promise<void> {
  return writeWhole(path, [Buffer.from(text)]);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    signal?.throwIfAborted();
    const { bytesWritten } = await file.write(bytes, offset, Math.min(SLICE, bytes.length - offset));
    offset += bytesWritten;
  }
}

/** Bytes `offset … offset + length` of a file of any size; fewer where it ends. */
export async function readRange(file: FileHandle, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(SLICE, length - done), offset + done);
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
  }
  return bytes;
}
