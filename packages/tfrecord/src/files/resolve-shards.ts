import { readdir, stat } from "node:fs/promises";
import { join, parse, sep } from "node:path";
import { TfRecordError } from "../errors.ts";
import { orderShards } from "../shard-names.ts";
import { fileError } from "./file-errors.ts";

/**
 * The files of a set, in order.
 *
 * @param files paths, or a path with `*` (any characters), `?` (one) and `[…]` (one of these) in its parts. A single path
 *   without those is taken as it is, and so is one that is the very name of a file. Wildcards leave out what is no records:
 *   indexes (`.idx`), files that a writer has not closed (`.partial`, `.tmp`), and JSON beside the records.
 * @param options.allowGaps take a set of which some numbers are missing. Default: false.
 * @throws TfRecordError when nothing matches, or the numbers of a set have gaps, which are listed.
 *
 * @example
 * await resolveShards("data/train-*-of-00128");
 * await resolveShards(["data/val-0.tfrecord", "data/val-1.tfrecord"]);
 */
export async function resolveShards(
  files: string | readonly string[],
  options: { allowGaps?: boolean } = {},
): Promise<string[]> {
  if (typeof files === "string" && !(await isPattern(files))) return [files];
  const patterns = typeof files === "string" ? [files] : files;
  const found = await Promise.all(
    patterns.map(async (pattern) => ((await isPattern(pattern)) ? expand(pattern) : [pattern])),
  );
  if (found.flat().length === 0) throw new TfRecordError("expected at least one file, got none");
  return orderShards(found.flat(), options);
}

/** A file whose own name has a wildcard in it is meant, not what else the name would match. */
async function isPattern(path: string): Promise<boolean> {
  return hasWildcards(path) && (await stat(path).catch(() => null)) === null;
}

function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path);
}

async function expand(pattern: string): Promise<string[]> {
  const { root } = parse(pattern);
  const parts = pattern.slice(root.length).split(process.platform === "win32" ? /[\\/]/ : "/");
  if (parts.includes("**"))
    throw new TfRecordError(`${pattern}: expected * and ? within the names of files and folders, got **`);
  let paths = [root];
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    const next = paths.map((path) => (hasWildcards(part) ? matches(path, part, isLast) : [join(path, part)]));
    paths = (await Promise.all(next)).flat();
  }
  if (paths.length === 0) throw new TfRecordError(`${pattern}: no file matches`);
  return paths;
}

/** What a folder has of this name; a folder that is not there has nothing. */
async function matches(folder: string, part: string, isLast: boolean): Promise<string[]> {
  try {
    const entries = await readdir(folder || ".", { withFileTypes: true });
    return entries
      .filter((entry) => (isLast ? !entry.isDirectory() : !entry.isFile()) && namePattern(part).test(entry.name))
      .filter(({ name }) => !isLast || !/\.(idx|partial|tmp|json)$/.test(name))
      .map(({ name }) => (folder.endsWith(sep) ? `${folder}${name}` : join(folder, name)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw fileError(folder, error);
  }
}

/** As a shell: hidden files only where the pattern says the dot. */
function namePattern(part: string): RegExp {
  const source = part.replace(/\[([!^]?)([^\]]+)\]|[\\^$.*+?()[\]{}|]/g, (match, not?: string, set?: string) => {
    if (set !== undefined) return `[${not ? "^" : ""}${set.replace(/[\\^]/g, "\\$&")}]`;
    return match === "*" ? ".*" : match === "?" ? "." : `\\${match}`;
  });
  return new RegExp(`^(?!\\.)${source}$`.replace(/^\^\(\?!\\\.\)\\\./, "^\\."), "s");
}
