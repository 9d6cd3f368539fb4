import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { SourceFile } from "./processed-set.ts";

/** Names, sizes and hashes of a file, or of the files right in a folder: where a set came from. */
export async function describeSource(path: string): Promise<SourceFile[]> {
  if (!(await stat(path)).isDirectory()) return [await describeFile(path, basename(path))];
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return Promise.all(names.sort().map((name) => describeFile(join(path, name), name)));
}

async function describeFile(path: string, name: string): Promise<SourceFile> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return { name, bytes: (await stat(path)).size, sha256: hash.digest("hex") };
}
