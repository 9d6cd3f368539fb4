import { readdir, readFile } from "node:fs/promises";
import { extname, join, parse, resolve } from "node:path";
import { DataError, MissingDataError } from "../errors.ts";
import { decodeImage } from "../image/decode-image.ts";
import { decodePngIndices } from "../image/png.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import type { ImageSet } from "../image-set.ts";

/** Options of {@link loadMaskedImages}. */
export interface MaskedImagesOptions {
  /** What each number in a mask means: a class from 0, or `null` for pixels that do not count. */
  readonly classOf: ReadonlyMap<number, number | null>;
}

/** Label of pixels that do not count. */
export const IGNORED = -1;

/** Images with a class for each pixel. */
export interface MaskedImages extends ImageSet {
  /** Names of the files, without folder and ending. */
  readonly names: readonly string[];
}

/**
 * Reads a folder of `images` (PNG or JPEG) and `labels` (PNG whose bytes, or whose palette's indices, are the numbers of
 * classes) that bear the same names, all of one size.
 *
 * @returns RGB images, and int32 labels [N, H, W], {@link IGNORED} where a pixel does not count
 * @throws MissingDataError where there are no images, or one lacks its mask; DataError naming the mask of another size
 *   or with a number that `classOf` does not name
 */
export async function loadMaskedImages(path: string, { classOf }: MaskedImagesOptions): Promise<MaskedImages> {
  const [imageFiles, maskFiles] = await Promise.all(["images", "labels"].map((name) => filesIn(join(path, name))));
  const masks = new Map(maskFiles!.map((file) => [parse(file).name, file]));
  const names = imageFiles!.map((file) => parse(file).name);
  const lonely = [...masks].find(([name]) => !names.includes(name));
  if (lonely) throw new MissingDataError(`${lonely[1]}: a mask without an image of its name in images`);
  const pairs: { image: RgbImage; labels: Int32Array }[] = [];
  for (const file of imageFiles!) {
    const mask = masks.get(parse(file).name);
    if (mask === undefined) throw new MissingDataError(`${file}: an image without a mask of its name in labels`);
    const image = await decodeImage(await readFile(file), { source: file });
    const expected = pairs[0]?.image ?? image;
    if (image.height !== expected.height || image.width !== expected.width) {
      throw new DataError(`${file}: expected ${sizeOf(expected)} as the images before it, found ${sizeOf(image)}`);
    }
    pairs.push({ image, labels: await readMask(mask, image, classOf) });
  }
  const { height, width } = pairs[0]!.image;
  const images = new Uint8Array(pairs.length * height * width * 3);
  const labels = new Int32Array(pairs.length * height * width);
  pairs.forEach((pair, i) => {
    images.set(pair.image.pixels, i * height * width * 3);
    labels.set(pair.labels, i * height * width);
  });
  const count = pairs.length;
  return { images, labels, labelShape: [count, height, width], shape: [count, height, width, 3], names };
}

/** PNG and JPEG files of a folder, sorted. */
async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const files = names.filter((name) => [".png", ".jpg", ".jpeg"].includes(extname(name).toLowerCase())).sort();
  if (files.length > 0) return files.map((name) => join(folder, name));
  throw new MissingDataError(`${resolve(folder)}: expected PNG or JPEG images, found none`);
}

const sizeOf = ({ height, width }: { height: number; width: number }) => `${height} rows of ${width} pixels`;

async function readMask(
  file: string,
  image: RgbImage,
  classOf: ReadonlyMap<number, number | null>,
): Promise<Int32Array> {
  const mask = decodePngIndices(await readFile(file), file);
  if (mask.height !== image.height || mask.width !== image.width) {
    throw new DataError(`${file}: expected ${sizeOf(image)} as its image, found ${sizeOf(mask)}`);
  }
  return Int32Array.from(mask.indices, (number, place) => {
    const label = classOf.get(number);
    if (label !== undefined) return label ?? IGNORED;
    const where = `row ${Math.floor(place / mask.width)}, column ${place % mask.width}`;
    const known = [...classOf.keys()].join(", ");
    throw new DataError(`${file}: ${where}: expected one of ${known}, found ${number}`);
  });
}
