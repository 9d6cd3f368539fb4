import { constants } from "node:fs";
import { copyFile, mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ArgumentError, MissingDataError } from "../errors.ts";
import type { Cifar } from "../sources/cifar.ts";
import type { CifarName } from "../sources/cifar-layout.ts";
import { loadCifarArchive } from "../sources/load-cifar.ts";
import { type Checksum, checksum } from "./checksum.ts";
import { type Downloaded, type DownloadOptions, download } from "./download.ts";
import { ChecksumError } from "./errors.ts";

const site = "https://www.cs.toronto.edu/~kriz/";

/** An archive as its site publishes it. */
export interface CifarArchive {
  readonly set: CifarName;
  readonly file: string;
  readonly url: string;
  readonly bytes: number;
  readonly md5: string;
}

/** Sizes and md5s as on https://www.cs.toronto.edu/~kriz/cifar.html; of each set the first is the one to fetch. */
const CIFAR_ARCHIVES: readonly CifarArchive[] = [
  archive("cifar-10", "cifar-10-python.tar.gz", 170498071, "c58f30108f718f92721af3b95e74349a"),
  archive("cifar-10", "cifar-10-binary.tar.gz", 170052171, "c32a1d4ab5d03f1284b67883e8d87530"),
  archive("cifar-100", "cifar-100-python.tar.gz", 169001437, "eb9058c3a382ffc7106e4002c42a8d85"),
  archive("cifar-100", "cifar-100-binary.tar.gz", 168513733, "03b5dce01913d631647c71ecec9e9cb8"),
];

function archive(set: CifarName, file: string, bytes: number, md5: string): CifarArchive {
  return { set, file, url: site + file, bytes, md5 };
}

/**
 * Fetches the official archive for Python of one of the sets to `<dir>/cifar-10-python.tar.gz` or
 * `<dir>/cifar-100-python.tar.gz`, resuming what an earlier run left, and checks its size and md5.
 *
 * @throws DownloadError, ChecksumError; see `download`.
 */
export function downloadCifar(
  set: CifarName,
  dir: string,
  options: Omit<DownloadOptions, "bytes" | "md5"> = {},
): Promise<Downloaded> {
  const { file, url, bytes, md5 } = CIFAR_ARCHIVES.find((each) => each.set === set)!;
  return download(url, join(dir, file), { ...options, bytes, md5 });
}

/**
 * Copies an archive that was fetched by other means to its place in `dir`, under its official name, when it is one of
 * the official ones for Python or in binary.
 *
 * @param options.skipVerify also takes an archive that somebody packed again, if the whole set can be read from it.
 * @throws ChecksumError naming sizes and md5s when it is not official; what `loadCifar` throws when it cannot be read.
 */
export function placeCifar(
  set: CifarName,
  path: string,
  dir: string,
  options: { skipVerify?: boolean; signal?: AbortSignal } = {},
): Promise<Downloaded> {
  return place(CIFAR_ARCHIVES, set, path, dir, options);
}

/** The same for any archives. */
export async function place(
  published: readonly CifarArchive[],
  set: CifarName,
  path: string,
  dir: string,
  { skipVerify = false, signal }: { skipVerify?: boolean; signal?: AbortSignal } = {},
): Promise<Downloaded> {
  const found = await checksumOfFile(path, signal);
  const official = published.find((each) => each.set === set && each.md5 === found.md5);
  if (!official && !skipVerify) throw new ChecksumError(`${path}: ${notPublished(published, set, found)}`);
  const target = join(dir, official?.file ?? (await archiveName(set, path)));
  await mkdir(dir, { recursive: true });
  const kept = (await realpath(path)) === (await realpath(target).catch(() => undefined));
  if (!kept) await copy(path, target, signal);
  return { path: target, ...found, kept };
}

function notPublished(published: readonly CifarArchive[], set: CifarName, { bytes, md5 }: Checksum): string {
  const expected = published
    .filter((each) => each.set === set)
    .map((each) => `${each.file} (${each.bytes} bytes, md5 ${each.md5})`);
  const other = published.find((each) => each.md5 === md5);
  const got = `${other ? `${other.file} of ${other.set}, ` : ""}${bytes} bytes, md5 ${md5}`;
  return `not the archive published: expected ${expected.join(" or ")}, got ${got}`;
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

/** Under which name an archive that is not official belongs; it is read to its end to see that it is whole. */
async function archiveName(set: CifarName, path: string): Promise<string> {
  const { data, layout } = await loadCifarArchive(path);
  if (data.name === set) return layout.archive;
  throw new ChecksumError(`${path}: expected an archive of ${set}, found ${describe(data)}`);
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
