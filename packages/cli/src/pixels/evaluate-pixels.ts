/** @file `tessera evaluate` of runs that give a class to each pixel. */
import { PredictionRecorder, pixelClassification } from "@tessera/nn";
import { measureSet } from "../evaluate-set.ts";
import type { LoadedSet } from "../load-set.ts";
import { metricsText } from "../metrics-text.ts";
import { RunFolder } from "../run-folder.ts";
import type { SavedRun } from "../saved-run.ts";
import { compareRuns, comparisonText } from "./comparison.ts";
import { pixelReport, pixelReportJson, pixelReportText, writePixelReport } from "./pixel-report.ts";

/** What is asked for. */
export interface EvaluatePixelsOptions {
  readonly set: "train" | "test";
  readonly report?: boolean;
  readonly json?: boolean;
  readonly layer?: string;
  readonly beside?: string;
}

/** Measures, writes what the report has into the run's folder, and prints. */
export async function evaluatePixels(
  saved: SavedRun,
  data: LoadedSet,
  path: string,
  { set: part, report: asked, json, layer, beside }: EvaluatePixelsOptions,
): Promise<void> {
  const { model, pixels, weights } = saved;
  const set = data[part];
  const folder = RunFolder.open(path);
  const comparison = beside === undefined ? null : compareRuns(path, beside, data);
  const recorder = new PredictionRecorder(model);
  const metrics = await measureSet(recorder, set, { pixels, objective: pixelClassification() }, `${part} set`);
  const { classes: predicted } = await recorder.take();
  const report = asked ? pixelReport(set, predicted, data.classNames) : null;
  const names = data.names?.[part];
  if (report) await writePixelReport(folder, report, { saved, set, predicted, names, data, layer });
  if (comparison) folder.writeJson("comparison.json", comparison);
  if (json) {
    const what = { run: path, weights, set: part, images: set.shape[0] };
    const more = { ...(report && pixelReportJson(report)), ...(comparison && { comparison }) };
    console.log(JSON.stringify({ ...what, ...metrics, ...more }, null, 2));
    return;
  }
  console.log(`${part} set, ${set.shape[0]} images, ${weights} weights: ${metricsText(metrics)}`);
  if (report) console.log(`\n${pixelReportText(report)}`);
  if (comparison) console.log(`\n${comparisonText(comparison)}`);
  if (!report) return;
  const drawn = ["predictions", "confusion", ...(layer === undefined ? [] : ["activations"])].map(
    (name) => `${name}.png`,
  );
  console.log(`\npictures in ${path}: ${[...drawn, ...(names ? ["overlays/"] : [])].join(", ")}`);
}
