/** @file Small functions for a script that fetches one file, in the manner of Keras's and of the CIFAR tutorials. */
import { existsSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { extractArchive } from "../archive/extract-archive.ts";
import { DataError } from "../errors.ts";
import { type DownloadOptions, type DownloadProgress, download } from "./download.ts";

const toronto = "https://www.cs.toronto.edu/~kriz/";

export interface MaybeDownloadOptions extends Omit<DownloadOptions, "bytes"> {
  /** Folder of the file. Default: ".". */
  readonly dataRoot?: string;
  /** Address to which the name is appended. Default: https://www.cs.toronto.edu/~kriz/. */
  readonly baseUrl?: string;
}

/**
 * Downloads `<baseUrl><filename>` to `<dataRoot>/<filename>` if it is not there, or if `force`, and makes sure that it
 * has `expectedBytes` bytes: 169 001 437 for `cifar-100-python.tar.gz`. A file that is there is only measured.
 *
 * @returns the path of the file.
 * @throws DataError `Failed to verify <path>…Can you get to it with a browser?` when the size differs; as `download`.
 */
export async function maybeDownload(
  filename: string,
  expectedBytes: number,
  { dataRoot = ".", baseUrl = toronto, force = false, ...options }: MaybeDownloadOptions = {},
): Promise<string> {
  const path = join(dataRoot, filename);
  if (force || !existsSync(path)) await download(baseUrl + filename, path, { ...options, force });
  const { size } = await stat(path);
  if (size === expectedBytes) return path;
  const sizes = `expected ${expectedBytes} bytes, got ${size}`;
  throw new DataError(`Failed to verify ${path}: ${sizes}. Can you get to it with a browser?`);
}

/**
 * An `onProgress` that prints a download's progress on one line: at each new percent `N%` where N is a multiple of 5,
 * else a dot; nothing while the percent stays the same or the size is unknown.
 *
 * @param write where to print. Default: standard output.
 */
export function percentProgress(
  write: (text: string) => void = (text) => process.stdout.write(text),
): (progress: DownloadProgress) => void {
  let last: number | undefined;
  return ({ bytes, total }) => {
    if (total === undefined || total <= 0) return;
    const percent = Math.min(100, Math.floor((bytes * 100) / total));
    if (percent === last) return;
    last = percent;
    write(percent % 5 === 0 ? `${percent}%` : ".");
  };
}

/**
 * Extracts `<path>.tar.gz` beside itself unless the folder that is named like the archive without `.tar.gz` is there:
 * then it says `<folder> already present - Skipping extraction of <file>.` to `onNote`. `force` extracts it again.
 *
 * @returns the folder.
 */
export async function maybeExtract(
  filename: string,
  { force = false, onNote = console.log }: { force?: boolean; onNote?: (note: string) => void } = {},
): Promise<string> {
  const root = filename.replace(/(\.tar\.gz|\.tgz)$/, "");
  if (existsSync(root) && !force) {
    onNote(`${root} already present - Skipping extraction of ${filename}.`);
    return root;
  }
  onNote(`Extracting data for ${root}. This may take a while. Please wait.`);
  return (await extractArchive(filename, { force, onNote })).folder;
}

export interface GetFileOptions extends DownloadOptions {
  /** The file is `<fname>.tar.gz`; it is extracted once, to the folder `<fname>`, whose path is returned. */
  readonly untar?: boolean;
  /** Extracts a `.tar.gz` or `.tgz`; the file's own path is returned. */
  readonly extract?: boolean;
  /** "auto" and "tar" read `.tar.gz`; null extracts nothing. Default: "auto". */
  readonly archiveFormat?: "auto" | "tar" | null;
  /** Folder of the file, made if need be. Default: "data". */
  readonly cacheDir?: string;
}

/**
 * Downloads `origin` to `<cacheDir>/<fname>` if it is not there, as Keras's `get_file`: it says `File path: <path>`,
 * leaves nothing under that name after an error, extracts at most once, and returns the path of the file, or with
 * `untar` that of the folder.
 *
 * @example
 * const folder = await getFile("colours", "http://www.cs.toronto.edu/~jba/kmeans_colour_a2.tar.gz", { untar: true });
 */
export async function getFile(fname: string, origin: string, options: GetFileOptions = {}): Promise<string> {
  const { untar = false, extract = false, archiveFormat = "auto", cacheDir = "data", ...rest } = options;
  const note = rest.onNote ?? console.log;
  await mkdir(cacheDir, { recursive: true });
  const path = join(cacheDir, untar ? `${fname}.tar.gz` : fname);
  note(`File path: ${path}`);
  if (rest.force || !existsSync(path)) {
    note(`Downloading data from ${origin}`);
    await download(origin, path, { ...rest, onNote: note });
  }
  if (untar) {
    const folder = join(cacheDir, fname);
    if (existsSync(folder)) return folder;
    note("Extracting file.");
    return (await extractArchive(path, { dir: cacheDir, onNote: note })).folder;
  }
  if (extract && archiveFormat !== null && /\.(tar\.gz|tgz)$/.test(basename(path))) {
    await extractArchive(path, { dir: cacheDir, onNote: note });
  }
  return path;
}
