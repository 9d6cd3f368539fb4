import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { SourceFile } from "./processed-set.ts";

/** More files than this are described together. */
const MOST = 64;

/**
 * Names, sizes and hashes of a file, or of the files in a folder: where a set came from. Of a folder with more than 64
 * files there is one entry, whose hash is that of all names and hashes, as `sha256sum` prints them.
 */
export async function describeSource(path: string): Promise<SourceFile[]> {
  if (!(await stat(path)).isDirectory()) return [await describeFile(path, basename(path))];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .sort();
  const files: SourceFile[] = [];
  for (const name of names) files.push(await describeFile(join(path, name), name));
  if (files.length <= MOST) return files;
  const hash = createHash("sha256");
  for (const { name, sha256 } of files) hash.update(`${sha256}  ${name}\n`);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [{ name: `${basename(resolve(path))} (${files.length} files)`, bytes, sha256: hash.digest("hex") }];
}

async function describeFile(path: string, name: string): Promise<SourceFile> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return { name, bytes: (await stat(path)).size, sha256: hash.digest("hex") };
}
