import type { CodecChoice } from "@tessera/data";
import {
  type MeanRgb,
  type MeanRgbOptions,
  type MeanRgbReport,
  meanRgb,
  meanRgbReport,
  type Weighting,
  writeMeanRgb,
} from "@tessera/data/node";
import { Command, Option } from "commander";
import { interruptible } from "../interruptible.ts";
import { positiveInteger, seed } from "../options.ts";
import { WorkerBars } from "../worker-bars.ts";

interface MeanRgbCommandOptions {
  readonly images?: string;
  readonly out: string;
  /** True where the option came without a pattern: then `images` names the records. */
  readonly tfrecord?: string | true;
  readonly weighting: Weighting;
  readonly subsample?: number;
  readonly seed: number;
  readonly workers?: number;
  readonly codec: CodecChoice;
  readonly exifRotate: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `tessera mean-rgb`: mean and variance of red, green and blue. */
export function meanRgbCommand(): Command {
  return new Command("mean-rgb")
    .description("mean and variance of red, green and blue over a set of images, on all cores")
    .option("-i, --images <pattern>", "image files: a folder, or a quoted glob")
    .requiredOption("-o, --out <file>", "JSON file to write, with R, G and B")
    .option("--tfrecord [pattern]", "TFRecord files of prepared images, instead of originals or beside them")
    .addOption(
      new Option("--weighting <how>", "let every pixel count alike, or every image")
        .choices(["pixel", "image"])
        .default("pixel"),
    )
    .option("--subsample <n>", "measure n images drawn at random", positiveInteger)
    .option("--seed <n>", "of the draw", seed, 0)
    .option("--workers <n>", "processes (default: one for each core)", positiveInteger)
    .addOption(
      new Option("--codec <name>", "what decodes JPEG").choices(["auto", "sharp", "wasm", "js"]).default("auto"),
    )
    .option("--no-exif-rotate", "leave images as they are stored, not upright")
    .option("--strict", "fail on the first image that cannot be used, instead of listing it")
    .option("--json", "print the file's contents, too")
    .addHelpText("after", examples)
    .action(run);
}

const examples = `
Examples:
  tessera mean-rgb -i ILSVRC/train -o rgb.json
  tessera mean-rgb -i 'ILSVRC/train/*/*.JPEG' -o rgb.json --subsample 50000 --seed 1
  tessera mean-rgb -i 'records/train/*.tfrecord' --tfrecord -o rgb.json
  tessera mean-rgb -i ILSVRC/train --tfrecord 'records/train/*.tfrecord' -o rgb.json

Originals and prepared images differ, because preparing crops and resamples; training sees the prepared ones. Where both
are measured, both are in the file, and its R, G and B are those of the records.
The figures are the same whatever the number of workers. --weighting image is the mean of the images' means.`;

async function run(options: MeanRgbCommandOptions, command: Command): Promise<void> {
  const { images, tfrecord } = options;
  if (images === undefined && typeof tfrecord !== "string") {
    command.error("error: required option '-i, --images <pattern>' not specified (or --tfrecord <pattern>)");
  }
  const originals = tfrecord === true ? undefined : images;
  const records = tfrecord === true ? images : tfrecord;
  const work = async (signal: AbortSignal) => {
    const reports: { originals?: MeanRgbReport; records?: MeanRgbReport } = {};
    if (originals !== undefined)
      reports.originals = await measured(originals, { ...options, signal, from: "images" }, options);
    if (records !== undefined)
      reports.records = await measured(records, { ...options, signal, from: "tfrecord" }, options);
    await write(reports, options);
  };
  await interruptible(work, () => console.error("stopped; nothing was written"));
}

async function measured(
  pattern: string,
  options: MeanRgbOptions,
  { weighting }: MeanRgbCommandOptions,
): Promise<MeanRgbReport> {
  const bars = new WorkerBars("Calculating Mean");
  let found: MeanRgb;
  try {
    found = await meanRgb(pattern, {
      ...options,
      onProgress: ({ worker, done, total, overall }) => bars.update(worker, done, total, overall),
    });
  } finally {
    bars.stop();
  }
  for (const { reason } of found.warnings) console.error(`warning: ${reason}`);
  for (const { reason } of found.failed) console.error(`left out: ${reason}`);
  return meanRgbReport(found, weighting);
}

async function write(
  reports: { originals?: MeanRgbReport; records?: MeanRgbReport },
  { out, json }: MeanRgbCommandOptions,
): Promise<void> {
  const best = (reports.records ?? reports.originals)!;
  const both = reports.records && reports.originals ? reports : {};
  await writeMeanRgb(out, best, both);
  if (json) console.log(JSON.stringify({ ...best, ...both }, null, 2));
  else for (const [name, report] of Object.entries(reports)) console.log(summary(name, report));
  if (!json) console.log(`written to ${out}`);
}

function summary(name: string, { R, G, B, images, pixels, failed, weighting }: MeanRgbReport): string {
  const left = failed > 0 ? `, ${failed} left out` : "";
  return `${name}: R ${R}, G ${G}, B ${B} (by ${weighting}; ${images} images, ${pixels} pixels${left})`;
}
