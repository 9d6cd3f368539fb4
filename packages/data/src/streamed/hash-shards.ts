/** @file What a set of record files is known by, without reading all of it. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { readRange } from "../processed/whole-file.ts";

/** Which files a figure is of. */
export interface ShardsHash {
  readonly files: number;
  /** Of names, lengths, and the first and the last 64 KiB of each file, whatever folder they lie in. */
  readonly sha256: string;
}

const ENDS = 2 ** 16;

/** The same for the same files in any order. Files that differ in their middle alone pass for each other. */
export async function hashShards(paths: readonly string[]): Promise<ShardsHash> {
  const lines: string[] = [];
  for (const path of paths) lines.push(await hashEnds(path));
  return { files: paths.length, sha256: createHash("sha256").update(lines.sort().join("\n")).digest("hex") };
}

async function hashEnds(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const hash = createHash("sha256").update(await readRange(file, 0, Math.min(ENDS, size)));
    hash.update(await readRange(file, Math.max(0, size - ENDS), Math.min(ENDS, size)));
    return `${basename(path)} ${size} ${hash.digest("hex")}`;
  } finally {
    await file.close();
  }
}
