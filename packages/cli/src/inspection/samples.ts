/** @file Labelled samples of a data set as a picture. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Grey, type ImageSet, permutation, selectRows, sharpen, toGrey } from "@tessera/data";
import type { LoadedSet } from "../load-set.ts";
import type { GridImage } from "../pictures/image-grid.ts";
import { visible } from "../pictures/visible-pixels.ts";

/** Which images a picture shows, and how. */
export interface SampleOptions {
  /** Random images, the first ones, or the first ones raw and sharpened side by side. */
  readonly grid: "random" | "first" | "sharpen";
  readonly count: number;
  readonly seed: number;
  /** Only images of this class. */
  readonly class?: string;
  readonly grey?: Grey;
  /** The first of the images alone, pixel for pixel, without a title. */
  readonly plain?: boolean;
}

/** Draws training images with their labels; gives how many. */
export async function writeSamples(set: LoadedSet, options: SampleOptions, path: string): Promise<number> {
  const images = samplesOf(set, options);
  const contents = await drawPicture(images, options, /\.svg$/i.test(path));
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${path}: the picture cannot be written: ${reason}\n  hint: name another one with --out`, {
      cause,
    });
  }
  return images.length / pairsOf(options);
}

/** Pictures are loaded here, so that no other command waits for codecs and fonts. */
async function drawPicture(images: readonly GridImage[], options: SampleOptions, asSvg: boolean) {
  const { imageGridSvg, plainPng } = await import("../pictures/image-grid.ts");
  if (options.plain) return plainPng(images[0]!);
  const pairs = pairsOf(options);
  const columns = pairs * Math.ceil(Math.sqrt(images.length / pairs / pairs));
  const svg = imageGridSvg(images, { columns, scale: SCALE });
  return asSvg ? svg : (await import("../pictures/png.ts")).toPng(svg);
}

/** Pictures of each image. */
function pairsOf({ grid }: SampleOptions): number {
  return grid === "sharpen" ? 2 : 1;
}

/** Pixels of the picture to a pixel of an image. */
const SCALE = 4;

function samplesOf(set: LoadedSet, options: SampleOptions): GridImage[] {
  const chosen = selectRows(set.train, chooseRows(set, options));
  if (options.grid !== "sharpen" && !options.grey) return toImages(visible(chosen), set.classNames);
  if (!(chosen.images instanceof Uint8Array)) {
    const flag = options.grey ? "--grey" : "--grid sharpen";
    throw new Error(`${set.name}: ${flag} takes sets of bytes; the pixels of this one are normalised`);
  }
  const bytes = { ...chosen, images: chosen.images };
  if (options.grid !== "sharpen") return greyImages(bytes, set.classNames, options.grey!);
  const draw = (raw: ImageSet, suffix: string) =>
    options.grey ? greyImages(raw, set.classNames, options.grey, suffix) : toImages(raw, set.classNames, suffix);
  const raw = draw(bytes, "\nraw");
  const sharp = draw({ ...bytes, images: sharpen(bytes.images, bytes.shape) }, "\nsharpened");
  return raw.flatMap((image, i) => [image, sharp[i]!]);
}

/** The title says which of the two that are called grey it is. */
function greyImages(set: ImageSet, names: readonly string[], kind: Grey, suffix = ""): GridImage[] {
  return toImages(toGrey(set, kind), names, `\n${kind === "red" ? "red channel" : "luminance"}${suffix}`);
}

function chooseRows({ train, classNames, name }: LoadedSet, options: SampleOptions): Uint32Array {
  let rows = Uint32Array.from(train.labels.keys());
  if (options.class !== undefined) {
    const label = classNames.indexOf(options.class);
    if (label < 0) {
      throw new Error(`${name}: it has no class ${JSON.stringify(options.class)}\n  hint: tessera inspect lists them`);
    }
    rows = rows.filter((row) => train.labels[row] === label);
    if (rows.length === 0) throw new Error(`${name}: it has no training image of the class ${options.class}`);
  }
  if (options.grid !== "random") return rows.subarray(0, options.count);
  return permutation(rows.length, { seed: options.seed })
    .subarray(0, options.count)
    .map((place) => rows[place]!);
}

function toImages({ images, labels, shape }: ImageSet, names: readonly string[], suffix = ""): GridImage[] {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  return Array.from(labels, (label, i) => ({
    pixels: images.subarray(i * size, (i + 1) * size),
    height,
    width,
    title: `${names[label]!}${suffix}`,
  }));
}
