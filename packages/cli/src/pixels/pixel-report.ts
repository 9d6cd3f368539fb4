/** @file What an evaluation of classes of pixels says beyond its means, as text, as JSON and as files. */
import { mkdirSync } from "node:fs";
import { type ImageSet, type Pixels, type RgbImage, selectRows } from "@tessera/data";
import {
  activationsOf,
  ConfusionMatrix,
  IGNORE_INDEX,
  intersectionOverUnion,
  mostConfused,
  perClass,
} from "@tessera/nn";
import { encode } from "fast-png";
import { type EvaluationReport, reportJson, writeReport } from "../evaluation-report.ts";
import type { LoadedSet } from "../load-set.ts";
import { percent } from "../metrics-text.ts";
import { writePicture } from "../pictures/write-picture.ts";
import type { RunFolder } from "../run-folder.ts";
import type { SavedRun } from "../saved-run.ts";
import { activationPicture, paintedImages, pixelPicture } from "./pixel-pictures.ts";

/** A report with each class's intersection over union. */
export interface PixelReport extends EvaluationReport {
  readonly iou: readonly number[];
}

/** @param predicted class of each pixel, in the order of the labels */
export function pixelReport(
  { labels }: ImageSet<Pixels>,
  predicted: Int32Array,
  classNames: readonly string[],
): PixelReport {
  const matrix = new ConfusionMatrix(classNames.length);
  matrix.add(labels, predicted, { ignoreIndex: IGNORE_INDEX });
  const iou = intersectionOverUnion(matrix);
  return { matrix, classNames, classes: perClass(matrix), confused: mostConfused(matrix), iou };
}

/** The report for programs; ratios of nothing are null. */
export function pixelReportJson(report: PixelReport) {
  const { classes, ...rest } = reportJson(report);
  return { ...rest, classes: classes.map((each) => ({ ...each, iou: report.iou[each.label] })) };
}

/** The report for a person: classes from the one with the most pixels. */
export function pixelReportText({ classes, classNames, iou }: PixelReport): string {
  const width = Math.max(5, ...classNames.map((name) => name.length));
  const share = (value: number) => (Number.isNaN(value) ? "–" : percent(value)).padStart(9);
  const rows = [...classes]
    .sort((a, b) => b.support - a.support)
    .map(({ label, precision, recall, support }) => {
      const numbers = [iou[label]!, precision, recall].map(share).join(" ");
      return `${classNames[label]!.padEnd(width)}  ${numbers} ${String(support).padStart(9)}`;
    });
  return [`${"class".padEnd(width)}        IoU precision    recall    pixels`, ...rows].join("\n");
}

/** What is drawn besides. */
export interface PixelFiles {
  readonly saved: SavedRun;
  readonly set: ImageSet<Pixels>;
  readonly predicted: Int32Array;
  readonly names: readonly string[] | undefined;
  readonly data: LoadedSet;
  /** Whose activations are drawn. Default: none's. */
  readonly layer?: string | undefined;
}

/** Confusion matrix, strips, overlays where the images have names, and activations, into the run's folder. */
export async function writePixelReport(folder: RunFolder, report: PixelReport, files: PixelFiles): Promise<void> {
  const { saved, set, data, names, predicted, layer } = files;
  const { model, pixels, config } = saved;
  const { seed } = config.recipe;
  // First, because a wrong name ends it.
  if (layer !== undefined) {
    const activations = await activationsOf(model, layer, selectRows(set, [0]), pixels);
    await writePicture(folder, "activations", await activationPicture(activations));
  }
  await writeReport(folder, report);
  const shown = {
    test: set,
    colours: data.colours,
    classNames: data.classNames,
    names: names && { train: [], test: names },
  };
  await writePicture(folder, "predictions", await pixelPicture(model, shown, { pixels, seed }));
  if (!names) return;
  mkdirSync(folder.file("overlays"), { recursive: true });
  const overlays = paintedImages(set, predicted, data.colours, data.classNames);
  overlays.forEach((image, i) => {
    folder.write(`overlays/${names[i]}.png`, pngOf(image));
  });
}

/** A PNG of the image as it is. */
export function pngOf({ pixels, height, width }: RgbImage): Uint8Array {
  return encode({ width, height, channels: 3, depth: 8, data: pixels });
}
