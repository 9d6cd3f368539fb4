import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** What a file is known by. Hashes are hexadecimal, lower case. */
export interface Expected {
  readonly bytes?: number | undefined;
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
}

/** What a file is. */
export interface Checksum {
  readonly bytes: number;
  readonly md5: string;
  readonly sha256: string;
}

/** Size, md5 and sha256 of a file; undefined when there is none. */
export async function checksum(path: string, signal?: AbortSignal): Promise<Checksum | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return undefined;
  const [md5, sha256] = [createHash("md5"), createHash("sha256")];
  for await (const chunk of readFileInParts(path, signal)) {
    md5.update(chunk);
    sha256.update(chunk);
  }
  return { bytes: found.size, md5: md5.digest("hex"), sha256: sha256.digest("hex") };
}

/** Hash of a file, streamed. */
export async function digest(
  path: string,
  algorithm: "md5" | "sha256" | "sha512",
  encoding: "hex" | "base64",
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of readFileInParts(path, signal)) hash.update(chunk);
  return hash.digest(encoding);
}

function readFileInParts(path: string, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: 2 ** 20, signal });
}

/** What is wrong with a file, as `expected 10 bytes, got 9`; undefined when it is the one. */
export function mismatch(expected: Expected, got: Checksum): string | undefined {
  if (expected.bytes !== undefined && expected.bytes !== got.bytes) {
    return `expected ${expected.bytes} bytes, got ${got.bytes} (md5 ${got.md5})`;
  }
  for (const algorithm of ["md5", "sha256"] as const) {
    const wanted = expected[algorithm];
    if (wanted !== undefined && wanted !== got[algorithm]) {
      return `expected ${algorithm} ${wanted}, got ${got[algorithm]}`;
    }
  }
  return undefined;
}
