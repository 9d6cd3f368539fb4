/** @file Which files a folder or a pattern means, in an order that is the same everywhere. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { glob } from "tinyglobby";
import { MissingDataError, quote } from "../errors.ts";

/** By code units: the same on every machine, whatever its language. */
export function sorted(names: readonly string[]): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * The files that a folder holds, at any depth, or that a pattern matches.
 *
 * @param pattern a folder, a file, or a glob as `train/*​/*.JPEG`; on every platform with forward slashes.
 * @param extensions which files of a folder count, in lower case with their dots.
 * @throws MissingDataError where there is none
 */
export async function findFiles(pattern: string, extensions: readonly string[]): Promise<string[]> {
  const found = await stat(pattern).catch(() => undefined);
  if (found?.isFile()) return [pattern];
  const files = found?.isDirectory() ? await filesUnder(pattern, extensions) : await matches(pattern);
  if (files.length > 0) return sorted(files);
  if (found) throw new MissingDataError(`${pattern}: no ${extensions.join(" or ")} file in this folder`);
  throw new MissingDataError(`${quote(pattern)} matches no file${hintAbout(pattern)}`);
}

async function filesUnder(folder: string, extensions: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && extensions.some((end) => entry.name.toLowerCase().endsWith(end)))
    .map((entry) => join(entry.parentPath, entry.name));
}

function matches(pattern: string): Promise<string[]> {
  return glob(pattern, { expandDirectories: false, onlyFiles: true, absolute: pattern.startsWith("/") });
}

function hintAbout(pattern: string): string {
  if (/\*\.\*\.\w+$/.test(pattern)) {
    return `\n  hint: *.*.${pattern.split(".").at(-1)} wants two dots in a name; *.${pattern.split(".").at(-1)} wants one`;
  }
  return "\n  hint: quote the pattern, so that the shell leaves it alone; a folder's name works, too";
}

/** The folder that an image lies in, on every platform's separator; undefined where its path has none. */
export function classOf(path: string): string | undefined {
  return path.split(/[\\/]/).at(-2);
}
