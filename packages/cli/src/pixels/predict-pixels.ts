/** @file `tessera predict` of runs that give a class to each pixel: an image for each image. */
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import {
  colourisationSet,
  decodeImage,
  type ImageSet,
  type Pixels,
  type RgbImage,
  resizeBilinear,
} from "@tessera/data";
import { percent } from "../metrics-text.ts";
import { reportError } from "../report-error.ts";
import type { SavedRun } from "../saved-run.ts";
import { coloursOf } from "./colour-rows.ts";
import { paintedImages, predictPixels } from "./pixel-pictures.ts";
import { pngOf } from "./pixel-report.ts";

/** What is asked for. */
export interface PredictPixelsOptions {
  readonly top: number;
  readonly json?: boolean;
  /** Folder of the pictures. */
  readonly out: string;
}

/** Classes with their shares of an image's pixels, from the greatest. */
type Shares = readonly { readonly class: string; readonly share: number }[];

/** Paints the classes of each image's pixels into a PNG in `out`, and says how large their shares are. */
export async function predictPixelFiles(
  saved: SavedRun,
  files: readonly string[],
  { top, json, out }: PredictPixelsOptions,
): Promise<void> {
  const results: { image: string; output: string; shares: Shares }[] = [];
  const used = new Set<string>();
  mkdirSync(out, { recursive: true });
  for (const image of files) {
    try {
      const decoded = await decodeImage(await readFile(image), { source: image });
      const { painted, shares } = await paint(saved, decoded);
      const output = join(out, freeName(parse(image).name, used));
      writeFileSync(output, pngOf(painted));
      results.push({ image, output, shares });
      const text = shares.slice(0, top).map((each) => `${each.class} ${percent(each.share)}`);
      if (!json) console.log(`${image}: ${output}; ${text.join(", ")}`);
    } catch (error) {
      // One bad file does not keep the others from being read.
      reportError(error);
      process.exitCode = 1;
    }
  }
  if (json) console.log(JSON.stringify(results, null, 2));
}

/** `<name>.png`, or with a number where another image of that name came before it. */
function freeName(name: string, used: Set<string>): string {
  let free = `${name}.png`;
  for (let i = 2; used.has(free); i++) free = `${name}-${i}.png`;
  used.add(free);
  return free;
}

/** Height and width of a picture of colours, at least, in pixels. */
const drawnSize = 256;

async function paint(
  { model, pixels, config }: SavedRun,
  image: RgbImage,
): Promise<{ painted: RgbImage; shares: Shares }> {
  const { classNames, imageSize: [height, width] = [32, 32], colours: rows } = config;
  const colours = rows && coloursOf(rows);
  const seen = colours ? resizeBilinear(image, height, width) : withShorterSide(image, Math.min(height, width));
  const rgb: ImageSet = { images: seen.pixels, labels: new Int32Array(1), shape: [1, seen.height, seen.width, 3] };
  const set: Pick<ImageSet<Pixels>, "images" | "shape"> = colours ? colourisationSet(rgb, colours) : rgb;
  const labels = await predictPixels(model, set, pixels, classNames.length);
  const counts = new Array<number>(classNames.length).fill(0);
  for (const label of labels) counts[label]!++;
  const shares = counts
    .map((count, label) => ({ class: classNames[label]!, share: count / labels.length }))
    .sort((a, b) => b.share - a.share);
  const [painted] = paintedImages(set, labels, colours, classNames);
  const factor = colours ? Math.max(1, Math.floor(drawnSize / Math.max(height, width))) : 1;
  return { painted: enlarged(painted!, factor), shares };
}

/** An image as a segmentation network saw those of its training: smaller ones stay as they are. */
function withShorterSide(image: RgbImage, size: number): RgbImage {
  const factor = size / Math.min(image.height, image.width);
  if (factor >= 1) return image;
  return resizeBilinear(image, Math.round(image.height * factor), Math.round(image.width * factor));
}

/** Each pixel as a square. */
function enlarged({ pixels, height, width }: RgbImage, factor: number): RgbImage {
  const large = new Uint8Array(pixels.length * factor ** 2);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = 3 * (Math.floor(y / factor) * width + Math.floor(x / factor));
      large.set(pixels.subarray(from, from + 3), 3 * (y * width * factor + x));
    }
  }
  return { pixels: large, height: height * factor, width: width * factor };
}
