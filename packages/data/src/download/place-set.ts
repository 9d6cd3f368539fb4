import { constants } from "node:fs";
import { copyFile, mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ArgumentError, MissingDataError } from "../errors.ts";
import type { Cifar } from "../sources/cifar.ts";
import { loadCifarArchive } from "../sources/load-cifar.ts";
import { type DataSetName, DISTRIBUTIONS, type Distribution, type PublishedFile } from "./catalogue.ts";
import { type Checksum, checksum, mismatch } from "./checksum.ts";
import type { Downloaded } from "./download.ts";
import { checkWhole } from "./download-set.ts";
import { ChecksumError } from "./errors.ts";

export interface PlaceOptions {
  /** Also takes an archive that somebody packed again, if the whole set can be read from it. Default: false. */
  readonly skipVerify?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Copies a file that was fetched by other means to its place in `dir`, under its published name, when its hash is one
 * that is published for the set. A set without a published hash takes an archive that can be read to its end.
 *
 * @throws ChecksumError naming sizes and hashes when it is not the one published; what `loadCifar` throws when it cannot
 *   be read.
 */
export function placeSet(set: DataSetName, path: string, dir: string, options: PlaceOptions = {}): Promise<Downloaded> {
  return placeAmong(DISTRIBUTIONS, set, path, dir, options);
}

/** The same among any distributions. */
export async function placeAmong(
  published: readonly Distribution[],
  set: DataSetName,
  path: string,
  dir: string,
  { skipVerify = false, signal }: PlaceOptions = {},
): Promise<Downloaded> {
  const found = await checksumOfFile(path, signal);
  const candidates = published.flatMap((each) => each.files.map((file) => ({ ...each, file })));
  const own = candidates.filter((each) => each.set === set);
  const official = own.find(({ file }) => hasHash(file) && mismatch(file, found) === undefined);
  const unverified = own.find(({ file }) => !hasHash(file));
  let target = official && join(dir, official.folder ?? "", official.file.name);
  if (!target && unverified) {
    await checkWhole(unverified.file, path);
    target = join(dir, unverified.file.name);
  }
  if (!target && !skipVerify) {
    const other = candidates.find(({ file }) => hasHash(file) && mismatch(file, found) === undefined);
    throw new ChecksumError(
      `${path}: ${notPublished(
        own.map(({ file }) => file),
        other,
        found,
      )}`,
    );
  }
  target ??= join(dir, await archiveName(set, path));
  await mkdir(dirname(target), { recursive: true });
  const kept = (await realpath(path)) === (await realpath(target).catch(() => undefined));
  if (!kept) await copy(path, target, signal);
  return { path: target, ...found, kept };
}

function hasHash({ md5, sha256 }: PublishedFile): boolean {
  return md5 !== undefined || sha256 !== undefined;
}

function notPublished(
  expected: readonly PublishedFile[],
  other: { set: string; file: PublishedFile } | undefined,
  { bytes, md5 }: Checksum,
): string {
  const list = expected.map((file) => {
    const size = file.bytes === undefined ? "" : `${file.bytes} bytes, `;
    return `${file.name} (${size}${file.md5 ? `md5 ${file.md5}` : `sha256 ${file.sha256}`})`;
  });
  const got = `${other ? `${other.file.name} of ${other.set}, ` : ""}${bytes} bytes, md5 ${md5}`;
  return `not the file published: expected ${list.join(" or ")}, got ${got}`;
}

async function checksumOfFile(path: string, signal: AbortSignal | undefined): Promise<Checksum> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR")
        throw new MissingDataError(`${resolve(path)}: no such file`);
      throw error;
    },
  );
  if (!isFile) throw new ArgumentError(`${resolve(path)}: expected an archive, found no regular file`);
  return (await checksum(path, signal))!;
}

const cifarNames: Partial<Record<DataSetName, Cifar["name"]>> = { cifar10: "cifar-10", cifar100: "cifar-100" };

/** Under which name an archive that is not official belongs; it is read to its end to see that it is whole. */
async function archiveName(set: DataSetName, path: string): Promise<string> {
  const wanted = cifarNames[set];
  if (wanted === undefined) {
    throw new ArgumentError(`skipVerify: expected cifar10 or cifar100, whose archives can be read, got ${set}`);
  }
  const { data, layout } = await loadCifarArchive(path);
  if (data.name === wanted) return layout.archive;
  throw new ChecksumError(`${path}: expected an archive of ${wanted}, found ${describe(data)}`);
}

function describe({ name, train, test }: Cifar): string {
  return `${name} with ${train.shape[0]} training and ${test.shape[0]} test images`;
}

async function copy(path: string, target: string, signal: AbortSignal | undefined): Promise<void> {
  const partial = `${target}.partial`;
  await copyFile(path, partial, constants.COPYFILE_FICLONE);
  // A copy and an unfinished download of another run must not be mixed.
  await rm(`${partial}.json`, { force: true });
  signal?.throwIfAborted();
  await rename(partial, target);
}
