import {
  type ExamplesSummary,
  type FeatureSummary,
  type Range,
  summarizeExamples,
  type TfRecord,
} from "@tessera/tfrecord";
import { readRecords } from "@tessera/tfrecord/node";
import { Command } from "commander";
import { positiveInteger } from "../../options.ts";
import { countText, jsonText, namedFiles, ReadProgress } from "../../tfrecord-files.ts";

interface InspectOptions {
  readonly count?: number;
  readonly json?: boolean;
}

/** `tessera tfrecord inspect <files...>`. */
export function inspectRecordsCommand(): Command {
  return new Command("inspect")
    .description("show the features of tf.train.Examples: names, kinds, lengths, ranges, labels")
    .argument("<files...>", "TFRecord files, looked at as one set; a pattern in quotes is expanded, too")
    .option("-n, --count <n>", "only so many records from the beginning", positiveInteger)
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(inspect);
}

const examples = `
Examples:
  tessera tfrecord inspect data/train-*-of-00128
  tessera tfrecord inspect mnist.tfrecord --count 100 --json

A feature of which every record has one int64 is shown with the number of records of each value: a label's classes.`;

async function inspect(patterns: string[], { count, json }: InspectOptions): Promise<void> {
  const files = await namedFiles(patterns);
  const progress = new ReadProgress("inspect", files);
  try {
    const summary = await summarizeExamples(allRecords(files, progress, count));
    progress.pause();
    if (json) console.log(jsonText({ files, ...summary }));
    else console.log(summaryText(files, summary));
  } finally {
    progress.stop();
  }
}

async function* allRecords(files: readonly string[], progress: ReadProgress, most = Number.POSITIVE_INFINITY) {
  let count = 0;
  for (const path of files) {
    for await (const record of readRecords(path, { onProgress: progress.file(path) })) {
      yield record satisfies TfRecord;
      if (++count === most) return;
    }
  }
}

function summaryText(files: readonly string[], { records, dataBytes, features }: ExamplesSummary): string {
  const name = files.length === 1 ? files[0] : `${files.length} files`;
  const lines = [`${name}: ${countText(records, "record")}, ${dataBytes} bytes of data`];
  if (features.length === 0) return [...lines, "no features: empty, or no tf.train.Examples"].join("\n");
  const width = Math.max(...features.map((feature) => feature.name.length));
  for (const feature of features) lines.push(`  ${feature.name.padEnd(width)}  ${featureText(feature)}`);
  for (const feature of features) lines.push(...histogramLines(feature));
  return lines.join("\n");
}

function featureText({ kinds, missing, lengths, byteLengths, values }: FeatureSummary): string {
  const parts = [Object.keys(kinds).join(" or ") || "no kind"];
  if (lengths) parts.push(`${rangeText(lengths)} ${lengths.max === 1 && lengths.min === 1 ? "value" : "values"}`);
  if (byteLengths) parts.push(`of ${rangeText(byteLengths)} bytes`);
  if (values) parts.push(`from ${values.min} to ${values.max}`);
  if (missing > 0) parts.push(`missing in ${missing}`);
  return parts.join(", ");
}

function rangeText({ min, max }: Range<number>): string {
  return min === max ? `${min}` : `${min} to ${max}`;
}

/** Bars are at most this long. */
const BAR = 40;
/** More values than this are no labels that one reads. */
const MAX_LINES = 200;

function histogramLines({ name, histogram }: FeatureSummary): string[] {
  if (!histogram || histogram.length === 0) return [];
  if (histogram.length > MAX_LINES) return ["", `${name}: ${histogram.length} different values`];
  const most = Math.max(...histogram.map(([, count]) => count));
  const widths = [0, 1].map((i) => Math.max(...histogram.map((each) => `${each[i]}`.length))) as [number, number];
  const lines = histogram.map(([value, count]) => {
    const bar = "#".repeat(Math.max(1, Math.round((BAR * count) / most)));
    return `  ${`${value}`.padStart(widths[0])}  ${`${count}`.padStart(widths[1])}  ${bar}`;
  });
  return ["", `${name}: records of each value`, ...lines];
}
