import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import type { SourceFile } from "./processed-set.ts";

/** More files than this are described together. */
const MOST = 64;

interface DescribeOptions {
  /** Told of the bytes that are hashed, of those of all files. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends it between two mebibytes, by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Names, sizes and hashes of a file, or of the files in a folder: where a set came from. Of a folder with more than 64
 * files there is one entry, whose hash is that of all names and hashes, as `sha256sum` prints them.
 * Links are what they lead to, but for those that lead nowhere or to a folder that they lie in.
 */
export async function describeSource(path: string, options: DescribeOptions = {}): Promise<SourceFile[]> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder ? (await filesUnder(path, path, [])).sort() : [basename(path)];
  const whole = (name: string) => (isFolder ? join(path, name) : path);
  const sizes = await Promise.all(names.map(async (name) => (await stat(whole(name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    options.onProgress?.(done, total);
  };
  const files: SourceFile[] = [];
  for (const name of names) files.push(await describeFile(whole(name), name, onBytes, options.signal));
  if (files.length <= MOST) return files;
  const hash = createHash("sha256");
  for (const { name, sha256 } of files) hash.update(`${sha256}  ${name}\n`);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [{ name: `${basename(resolve(path))} (${files.length} files)`, bytes, sha256: hash.digest("hex") }];
}

/** Names below `root`, with forward slashes. `above` are the real paths of the folders that this one lies in. */
async function filesUnder(root: string, folder: string, above: readonly string[]): Promise<string[]> {
  const here = await realpath(folder);
  if (above.includes(here)) return [];
  const names: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) names.push(...(await filesUnder(root, path, [...above, here])));
    if (found?.isFile()) names.push(relative(root, path).replaceAll(sep, "/"));
  }
  return names;
}

async function describeFile(
  path: string,
  name: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<SourceFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
    onBytes(chunk.length);
  }
  return { name, bytes, sha256: hash.digest("hex") };
}
