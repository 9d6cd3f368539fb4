/** @file A set from a file that a page's user picked or dropped, or that was fetched. */
import { readBlobTarGz } from "../archive/blob-tar-gz.ts";
import { DataError } from "../errors.ts";
import { isZip, readNpz } from "../npy/npz.ts";
import type { CifarLabels } from "./cifar.ts";
import { assembleCifarArchive, checkLabels, isCifarMember } from "./cifar-archive.ts";
import type { LabelledSet } from "./labelled-set.ts";
import { setOfArrays } from "./npz-arrays.ts";

/** Options of {@link readImageSet}. */
export interface ReadImageSetOptions {
  /** What errors call the file, and what a `.npz` set is called. Default: the name that a `File` has, else "file". */
  readonly name?: string;
  /** Which of CIFAR-100's labels become `labels`. Default: "fine". */
  readonly labels?: CifarLabels;
  /** Told how many bytes of the file were read. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly total: number }) => void;
}

/**
 * Reads a set of labelled images in a browser (and in Node): CIFAR-10 or CIFAR-100 as published (`.tar.gz`, Python's or
 * binary), or a `.npz` file with the names that `loadNpz` knows. What the file is its first bytes say, not its name.
 * An archive is unpacked as it is read: no copy of it is held.
 *
 * @throws DataError, CorruptArchiveError, NpyError or another of this package, naming file, member and record
 *
 * @example
 * input.addEventListener("change", async () => {
 *   const { train, test, classNames } = await readImageSet(input.files[0]);
 * });
 */
export async function readImageSet(file: Blob, options: ReadImageSetOptions = {}): Promise<LabelledSet> {
  const { name = (file as Partial<File>).name ?? "file", labels = "fine", onProgress } = options;
  checkLabels("readImageSet", labels);
  const tell = (bytes: number) => onProgress?.({ bytes, total: file.size });
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (head[0] === 0x1f && head[1] === 0x8b) {
    return (await assembleCifarArchive(readBlobTarGz(file, isCifarMember, name, tell), labels, name)).data;
  }
  if (isZip(head)) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    tell(bytes.length);
    return setOfArrays(readNpz(bytes, { source: name }), name.replace(/\.npz$/, ""), name);
  }
  const found = file.size === 0 ? "an empty file" : "a file of another kind";
  throw new DataError(`${name}: expected CIFAR-10 or CIFAR-100 (the .tar.gz) or a .npz with images, found ${found}`);
}
