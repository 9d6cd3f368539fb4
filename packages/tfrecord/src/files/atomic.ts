/** @file Files that are there whole or not at all. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Where a file grows until it is whole. One that a killed process left is written anew. */
export function partialPath(path: string): string {
  return `${path}.partial`;
}

/** Moves a whole file to its place, once its bytes are on the disk. Closes it. */
export async function commit(handle: FileHandle, path: string): Promise<void> {
  await handle.sync();
  await handle.close();
  await rename(partialPath(path), path);
  await syncFolder(dirname(path));
}

/** Writes a text file, whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const handle = await open(partialPath(path), "w");
  try {
    await handle.writeFile(text);
    await commit(handle, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(partialPath(path), { force: true });
    throw error;
  }
}

/** A new name is on the disk when its folder is. Windows has no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
