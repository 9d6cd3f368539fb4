/** @file Means as JSON, `{"R": 122.58534800031481, "G": …, "B": …}` first, which is what other programs read of it. */
import { readFile } from "node:fs/promises";
import { DataError, MissingDataError } from "../errors.ts";
import type { MeanRgb as Means } from "../imagenet/record.ts";
import { writeText } from "../processed/whole-file.ts";
import type { ShardsHash } from "../streamed/hash-shards.ts";
import { type MeanRgb, meanRgb } from "./mean-rgb.ts";
import type { Channels, Covariance, Weighting } from "./moments.ts";

/** By colour. */
export interface Rgb {
  readonly R: number;
  readonly G: number;
  readonly B: number;
}

/** What the file says of one set of images. */
export interface MeanRgbReport extends Rgb {
  readonly variance: Rgb;
  /** Rows and columns are red, green and blue. */
  readonly covariance: Covariance;
  readonly weighting: Weighting;
  readonly images: number;
  readonly pixels: number;
  /** Images that could not be used, which the figures are without. */
  readonly failed: number;
  /** Which shards it is the mean of, where it is one of records: training on others refuses it. */
  readonly shards?: ShardsHash;
}

function rgb([R, G, B]: Channels): Rgb {
  return { R, G, B };
}

/** What {@link meanRgb} found, as the file has it; every double in full. */
export function meanRgbReport(found: MeanRgb, weighting: Weighting = "pixel"): MeanRgbReport {
  const { mean, variance, covariance } = found[weighting];
  const { images, pixels, failed, shards } = found;
  const report = { ...rgb(mean), variance: rgb(variance), covariance, weighting, images, pixels };
  return { ...report, failed: failed.length, ...(shards && { shards }) };
}

/**
 * Writes such a file, whole or not at all; makes its folder.
 *
 * @param rest what it is to say besides, as the figures of originals and of records.
 */
export async function writeMeanRgb(path: string, report: MeanRgbReport, rest: object = {}): Promise<void> {
  await writeText(path, `${JSON.stringify({ ...report, ...rest }, null, 2)}\n`);
}

/** What training reads of such a file. */
export interface MeanFile {
  readonly mean: Means;
  /** Files of older versions and of other programs have none. */
  readonly covariance?: Covariance;
  readonly shards?: ShardsHash;
}

/** Reads `R`, `G` and `B` of such a file. */
export async function readMeanRgb(path: string): Promise<Means> {
  return (await readMeanFile(path)).mean;
}

/** Reads such a file; other programs' have `R`, `G` and `B` alone. */
export async function readMeanFile(path: string): Promise<MeanFile> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new MissingDataError(`${path}: cannot be read (${cause.code}): expected the JSON file of mean-rgb`, {
      cause,
    });
  });
  try {
    const { R, G, B, covariance, shards } = JSON.parse(text) as MeanRgbReport;
    if ([R, G, B].every((value) => typeof value === "number" && value >= 0 && value <= 255)) {
      return { mean: [R, G, B], ...(covariance && { covariance }), ...(shards && { shards }) };
    }
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
  await writeMeanRgb(outputFile, meanRgbReport(found));
  return found;
}
