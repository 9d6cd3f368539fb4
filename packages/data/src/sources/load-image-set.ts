import { open, readdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError, MissingDataError } from "../errors.ts";
import { isNpy } from "../npy/header.ts";
import { isZip } from "../npy/npz.ts";
import { isProcessed } from "../processed/load-processed.ts";
import type { CifarLabels } from "./cifar.ts";
import { type ImageFolderOptions, listImages, loadImageFolder } from "./image-folder.ts";
import type { LabelledSet } from "./labelled-set.ts";
import { holdsCifar, loadCifar } from "./load-cifar.ts";
import { loadNpz, npyFiles } from "./npz-set.ts";
import { loadParquet, parquetFiles } from "./parquet-set.ts";

export interface LoadImageSetOptions extends ImageFolderOptions {
  /** Which of two levels of labels become `labels`. Default: "fine". */
  readonly labels?: CifarLabels;
}

/** What a path may be, and how it is read; the first that recognises it does. `head` are the first bytes of a file. */
interface Kind {
  readonly what: string;
  readonly folder?: (path: string) => Promise<boolean>;
  readonly file?: (head: Uint8Array, path: string) => boolean;
  readonly load: (path: string, options: LoadImageSetOptions) => Promise<LabelledSet>;
}

const KINDS: readonly Kind[] = [
  {
    what: "CIFAR-10 or CIFAR-100 (the .tar.gz, or its folder)",
    folder: holdsCifar,
    file: ([first, second], path) => (first === 0x1f && second === 0x8b) || path.endsWith(".partial"),
    load: (path, { labels = "fine" }) => loadCifar(path, { labels }),
  },
  {
    what: "parquet with images",
    folder: async (path) => (await parquetFiles(path)).train.length > 0,
    file: (head) => new TextDecoder().decode(head.subarray(0, 4)) === "PAR1",
    load: loadParquet,
  },
  {
    what: ".npz, or .npy files, with images and labels",
    folder: async (path) => (await npyFiles(path)).length > 0,
    file: isZip,
    load: loadNpz,
  },
  {
    what: "a folder of images for each class",
    folder: async (path) => (await listImages(path)) !== undefined,
    load: loadImageFolder,
  },
];

/**
 * Reads a set of labelled images, whatever it is: CIFAR-10 or CIFAR-100 as published (`.tar.gz`, or the folder it was
 * extracted to, Python's or binary), parquet as the Hugging Face Hub has it, `.npz` and `.npy`, or a folder of images for
 * each class. What a file is its first bytes say, not its name.
 *
 * @param options.labels which of CIFAR-100's labels. Default: "fine".
 * @param options.size size to which the images of a folder are resized. Default: none, and all must be of one size.
 * @param options.onProgress told of the images of a folder and of the rows of parquet, as they are decoded.
 * @param options.signal ends it soon in a folder or parquet, else after the reading.
 * @throws MissingDataError where there is nothing; DataError that says what was expected; as the loaders of each kind.
 *
 * @example
 * const { train, test, classNames } = await loadImageSet("data/cifar-100-python.tar.gz");
 */
export async function loadImageSet(path: string, options: LoadImageSetOptions = {}): Promise<LabelledSet> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (!found) {
    throw new MissingDataError(`${resolve(path)}: no such file or folder\n  hint: tessera download fetches a set`);
  }
  if (found.isFile() && (await isProcessed(path))) {
    const hint = "hint: loadProcessed reads a prepared set, as tessera inspect and tessera train do";
    throw new DataError(`${resolve(path)}: expected a source of images, found a prepared set, or a pickle\n  ${hint}`);
  }
  const kind = found.isDirectory() ? await kindOfFolder(path) : await kindOfFile(path);
  options.signal?.throwIfAborted();
  if (kind) {
    const set = await kind.load(path, options);
    options.signal?.throwIfAborted();
    return set;
  }
  if (found.isDirectory() && (await readdir(path)).some((name) => name.endsWith(".partial"))) return loadCifar(path);
  throw new DataError(`${resolve(path)}: expected ${KINDS.map(({ what }) => what).join("; ")}; found none of these`);
}

async function kindOfFolder(path: string): Promise<Kind | undefined> {
  for (const kind of KINDS) if (await kind.folder?.(path)) return kind;
  return undefined;
}

async function kindOfFile(path: string): Promise<Kind | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(16), 0, 16, 0);
    const head = buffer.subarray(0, bytesRead);
    if (isNpy(head)) {
      throw new DataError(
        `${resolve(path)}: one array, not a set\n  hint: pass the folder of x_train.npy and y_train.npy`,
      );
    }
    return KINDS.find((kind) => kind.file?.(head, path));
  } finally {
    await file.close();
  }
}
