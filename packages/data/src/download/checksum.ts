import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** What a file is known by. */
export interface Expected {
  readonly bytes?: number | undefined;
  /** Hexadecimal, lower case. */
  readonly md5?: string | undefined;
}

/** What a file is. */
export interface Checksum {
  readonly bytes: number;
  readonly md5: string;
}

/** Size and md5 of a file; undefined when there is none. */
export async function checksum(path: string, signal?: AbortSignal): Promise<Checksum | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return undefined;
  return { bytes: found.size, md5: await digest(path, "md5", "hex", signal) };
}

/** Hash of a file, streamed. */
export async function digest(
  path: string,
  algorithm: "md5" | "sha256" | "sha512",
  encoding: "hex" | "base64",
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  const stream = createReadStream(path, { highWaterMark: 2 ** 20, signal });
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
  return hash.digest(encoding);
}

/** What is wrong with a file, as `expected 10 bytes, got 9`; undefined when it is the one. */
export function mismatch(expected: Expected, got: Checksum): string | undefined {
  if (expected.bytes !== undefined && expected.bytes !== got.bytes) {
    return `expected ${expected.bytes} bytes, got ${got.bytes} (md5 ${got.md5})`;
  }
  if (expected.md5 !== undefined && expected.md5 !== got.md5) return `expected md5 ${expected.md5}, got ${got.md5}`;
  return undefined;
}
