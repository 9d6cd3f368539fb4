import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { type DeviceOptions, withDeviceOptions } from "../device-options.ts";
import { evaluateRun } from "../report/evaluate-run.ts";
import { notMeasured } from "../report/not-measured.ts";
import { pageHtml } from "../report/page.ts";
import { readRun } from "../report/run-facts.ts";
import { summarizeRun } from "../report/summarize-run.ts";

interface ReportOptions extends DeviceOptions {
  readonly out?: string;
  readonly evaluate: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  tessera report runs/first
  tessera report runs/first --out first.html --no-evaluate

The page holds everything and asks for nothing from a network: curves with values, confusion matrix, classes, the worst
mistakes, predictions, timing, layers, data, configuration and versions. It reads the set where the run had it; where it is
not there any more the page says so. A run in training, or one that was killed, has a report of what there is.`;

/** `tessera report <run>`: one page about a run. */
export function reportCommand(): Command {
  const command = new Command("report")
    .description("write a page about a run, one file that needs nothing else")
    .argument("<run>", "folder that tessera train wrote")
    .option("--out <file>", "the page (default: report.html in the run's folder)")
    .option("--no-evaluate", "leave out what takes measuring the test set: confusions, classes, images, hashes")
    .option("--json", "where the page is, as JSON; everything else goes to standard error")
    .addHelpText("after", examples);
  return withDeviceOptions(command).action(report);
}

async function report(path: string, options: ReportOptions): Promise<void> {
  const facts = readRun(path);
  const summary = await summarizeRun(facts);
  const evaluation = options.evaluate
    ? await evaluateRun(path, options).catch(notMeasured)
    : "The test set was not measured for this page (--no-evaluate).";
  const out = options.out ?? join(path, "report.html");
  const page = pageHtml({ facts, summary, evaluation });
  writeFileSync(out, page);
  const measured = typeof evaluation !== "string";
  if (options.evaluate && !measured && !facts.pixels) console.error(evaluation);
  if (options.json) console.log(JSON.stringify({ run: path, report: out, bytes: page.length, measured }, null, 2));
  else console.log(`${out}: ${(Buffer.byteLength(page) / 1e6).toFixed(2)} MB`);
}
