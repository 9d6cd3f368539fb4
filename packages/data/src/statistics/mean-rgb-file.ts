/** @file Means as JSON, `{"R": 122.58534800031481, "G": …, "B": …}` first, which is what other programs read of it. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { DataError, MissingDataError } from "../errors.ts";
import type { MeanRgb as Means } from "../imagenet/record.ts";
import { type MeanRgb, meanRgb } from "./mean-rgb.ts";
import type { Channels, Weighting } from "./moments.ts";

/** By colour. */
export interface Rgb {
  readonly R: number;
  readonly G: number;
  readonly B: number;
}

/** What the file says of one set of images. */
export interface MeanRgbReport extends Rgb {
  readonly variance: Rgb;
  readonly weighting: Weighting;
  readonly images: number;
  readonly pixels: number;
  /** Images that could not be used, which the figures are without. */
  readonly failed: number;
}

function rgb([R, G, B]: Channels): Rgb {
  return { R, G, B };
}

/** What {@link meanRgb} found, as the file has it; every double in full. */
export function meanRgbReport(found: MeanRgb, weighting: Weighting = "pixel"): MeanRgbReport {
  const { mean, variance } = found[weighting];
  const { images, pixels, failed } = found;
  return { ...rgb(mean), variance: rgb(variance), weighting, images, pixels, failed: failed.length };
}

/** Reads `R`, `G` and `B` of such a file. */
export async function readMeanRgb(path: string): Promise<Means> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new MissingDataError(`${path}: cannot be read (${cause.code}): expected the JSON file of mean-rgb`, {
      cause,
    });
  });
  try {
    const { R, G, B } = JSON.parse(text) as Rgb;
    if ([R, G, B].every((value) => typeof value === "number" && value >= 0 && value <= 255)) return [R, G, B];
  } catch {
    // Said below.
  }
  throw new DataError(`${path}: expected JSON with R, G and B, each from 0 to 255`);
}

/**
 * Measures and writes the file.
 *
 * @param imageDir a glob or a folder of images, or of TFRecord files.
 * @param useTFRecord whether it names TFRecord files.
 */
export async function getMeanRgb(imageDir: string, outputFile: string, useTFRecord = false): Promise<MeanRgb> {
  const found = await meanRgb(imageDir, { from: useTFRecord ? "tfrecord" : "images" });
  await mkdir(dirname(outputFile), { recursive: true });
  await writeFile(outputFile, `${JSON.stringify(meanRgbReport(found), null, 2)}\n`);
  return found;
}
