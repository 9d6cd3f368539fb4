import type { Dirent, Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { DataError, MissingDataError } from "../errors.ts";
import { type DecodeOptions, decodeImage } from "../image/decode-image.ts";
import { resizeBilinear } from "../image/resize-bilinear.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import type { ImageSet } from "../image-set.ts";
import { holdOutTest, type LabelledSet } from "./labelled-set.ts";

export interface ImageFolderOptions extends Pick<DecodeOptions, "codec"> {
  /** Height and width to which images are resized, bilinearly. Default: none, and all must be of one size. */
  readonly size?: readonly [height: number, width: number] | undefined;
  /** Told of an image that cannot be read, which is then left out. Default: the first one ends the loading. */
  readonly onUnreadable?: (error: Error) => void;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends it between two images, by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

interface LabelledFile {
  readonly path: string;
  readonly label: number;
}

interface Listing {
  readonly classNames: readonly string[];
  readonly train: readonly LabelledFile[];
  readonly test: readonly LabelledFile[] | undefined;
}

/** Decoded at once: decoding runs on other threads. */
const AT_ONCE = 16;

/**
 * Reads a folder of PNGs and JPEGs: a folder for each class, or these in `train` and `test` (or `val`, `validation`). The
 * classes are the folders' names, sorted by code points; so are the files of each. Also Oxford's 17 flowers as extracted
 * (`jpg/image_0001.jpg` …, 80 of each kind in turn). Of a folder without a test part a stratified fifth becomes it.
 *
 * @throws MissingDataError where there are no images; ImageError naming the file that cannot be read; DataError naming
 *   the first file of another size.
 */
export async function loadImageFolder(path: string, options: ImageFolderOptions = {}): Promise<LabelledSet> {
  const listing = await listImages(path);
  if (!listing) {
    const expected = "a folder of PNG or JPEG images for each class, or these in train and test";
    throw new MissingDataError(`${resolve(path)}: expected ${expected}, found none`);
  }
  const { classNames, train, test } = listing;
  const total = train.length + (test?.length ?? 0);
  let done = 0;
  const decode = (files: readonly LabelledFile[], size: Size | undefined) =>
    decodeAll(files, size, options, () => options.onProgress?.(++done, total));
  const first = await decode(train, options.size);
  const name = basename(resolve(path));
  if (!test) return holdOutTest(first, { name, classNames });
  const [, height, width] = first.shape;
  return { name, train: first, test: await decode(test, options.size ?? [height, width]), classNames };
}

type Size = readonly [height: number, width: number];

/** The images of a folder with their labels; undefined where it is no such folder. */
export async function listImages(path: string): Promise<Listing | undefined> {
  const folders = await namesIn(path, "folder");
  const testFolder = ["test", "val", "validation", "valid"].find((name) => folders.includes(name));
  if (folders.includes("train")) {
    const train = await listClasses(join(path, "train"));
    if (!train) return undefined;
    if (testFolder === undefined) return { ...train, test: undefined, train: train.files };
    const test = await listClasses(join(path, testFolder), train.classNames);
    return { classNames: train.classNames, train: train.files, test: test?.files };
  }
  const classes = (await listFlowers(path, folders)) ?? (await listClasses(path));
  return classes && { classNames: classes.classNames, train: classes.files, test: undefined };
}

interface Classes {
  readonly classNames: readonly string[];
  readonly files: readonly LabelledFile[];
}

async function listClasses(path: string, known?: readonly string[]): Promise<Classes | undefined> {
  const folders = await namesIn(path, "folder");
  const listed = await Promise.all(folders.map(async (name) => [name, await imagesIn(join(path, name))] as const));
  const classes = listed.filter(([, files]) => files.length > 0);
  if (classes.length === 0) return undefined;
  const classNames = known ?? classes.map(([name]) => name);
  const files = classes.flatMap(([name, paths]) => {
    const label = classNames.indexOf(name);
    if (label < 0) throw new DataError(`${join(path, name)}: expected a class that train has, found another`);
    return paths.map((each) => ({ path: each, label }));
  });
  return { classNames, files };
}

const FLOWERS = [
  ...["daffodil", "snowdrop", "lily of the valley", "bluebell", "crocus", "iris", "tiger lily", "tulip", "fritillary"],
  ...["sunflower", "daisy", "colt's foot", "dandelion", "cowslip", "buttercup", "windflower", "pansy"],
];

/** @see https://www.robots.ox.ac.uk/~vgg/data/flowers/17/: images 1 to 80 are of the first kind, and so on. */
async function listFlowers(path: string, folders: readonly string[]): Promise<Classes | undefined> {
  const folder = folders.includes("jpg") ? join(path, "jpg") : path;
  const files = (await imagesIn(folder)).flatMap((file) => {
    const number = /^image_(\d{4})\.jpg$/.exec(basename(file))?.[1];
    return number === undefined ? [] : [{ path: file, label: Math.floor((Number(number) - 1) / 80) }];
  });
  return files.length === 80 * FLOWERS.length ? { classNames: FLOWERS, files } : undefined;
}

async function imagesIn(folder: string): Promise<string[]> {
  const names = await namesIn(folder, "file");
  return names.filter((name) => /\.(png|jpe?g)$/i.test(name)).map((name) => join(folder, name));
}

/** Sorted by code points; what is hidden does not count. Links are what they lead to; one that leads nowhere, a file. */
async function namesIn(path: string, kind: "folder" | "file"): Promise<string[]> {
  const entries = (await readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith("."));
  const isWanted = (found: Dirent | Stats) => (kind === "folder" ? found.isDirectory() : found.isFile());
  const wanted = await Promise.all(
    entries.map((entry) => {
      if (!entry.isSymbolicLink()) return isWanted(entry);
      return stat(join(path, entry.name)).then(isWanted, () => kind === "file");
    }),
  );
  const names = entries.filter((_, i) => wanted[i]).map(({ name }) => name);
  return names.sort((a, b) => (a < b ? -1 : 1));
}

async function decodeAll(
  files: readonly LabelledFile[],
  wanted: Size | undefined,
  options: ImageFolderOptions,
  onDone: () => void,
): Promise<ImageSet> {
  let size = wanted;
  let first = "";
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    options.signal?.throwIfAborted();
    const some = files.slice(start, start + AT_ONCE);
    const decoded = await Promise.all(some.map((file) => decodeOne(file.path, options)));
    for (const [i, image] of decoded.entries()) {
      onDone();
      if (!image) continue;
      if (first === "") first = some[i]!.path;
      size ??= [image.height, image.width];
      images.push(fit(image, size, some[i]!.path, first, options.size !== undefined));
      labels.push(some[i]!.label);
    }
  }
  if (!size || images.length === 0) throw new MissingDataError("expected images, none could be read");
  const [height, width] = size;
  const pixels = new Uint8Array(images.length * height * width * 3);
  for (const [i, image] of images.entries()) pixels.set(image, i * height * width * 3);
  return { images: pixels, labels: Int32Array.from(labels), shape: [images.length, height, width, 3] };
}

async function decodeOne(path: string, { codec, onUnreadable }: ImageFolderOptions): Promise<RgbImage | undefined> {
  try {
    return await decodeImage(await readFile(path), { source: path, ...(codec && { codec }) });
  } catch (error) {
    if (!onUnreadable || !(error instanceof DataError)) throw error;
    onUnreadable(error);
    return undefined;
  }
}

function fit(image: RgbImage, [height, width]: Size, path: string, first: string, resize: boolean): Uint8Array {
  if (image.height === height && image.width === width) return image.pixels;
  if (resize) return resizeBilinear(image, height, width).pixels;
  const sizes = `expected ${height} × ${width} pixels, as ${first} has, found ${image.height} × ${image.width}`;
  throw new DataError(`${path}: ${sizes}\n  hint: give a size, and all images are resized to it`);
}
