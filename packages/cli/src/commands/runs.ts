import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { formatValue } from "../report/measures.ts";
import { comparisonChart, comparisonHtml, comparisonSvg } from "../report/run-comparison.ts";
import { findRuns, type ListedRun, listedRun, readRuns } from "../report/run-list.ts";
import { table } from "../report/sections/section.ts";
import { reportError } from "../report-error.ts";

interface RunsOptions {
  readonly measure?: string;
  readonly chart?: string;
  readonly json?: boolean;
}

const examples = `
Examples:
  tessera runs
  tessera runs runs/first runs/second --chart comparison.html
  tessera runs runs --measure loss --json

States: running, finished (the test set was measured), stopped, and imported weights. The values are of accuracy where runs
have it, of another measure of their history with --measure. The chart shows validation by epoch, the newest runs last.`;

/** `tessera runs`: runs beside each other. */
export function runsCommand(): Command {
  return new Command("runs")
    .description("list runs and compare them, as a table and as a chart")
    .argument("[paths...]", "runs, or folders that hold runs (default: runs)")
    .option("--measure <key>", "what to compare by, as loss or top5_accuracy (default: accuracy, or what a run has)")
    .option("--chart <file>", "their curves in one chart, .html or .svg", chartFile)
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(runs);
}

function chartFile(text: string): string {
  if (/\.(html|svg)$/.test(text)) return text;
  throw new InvalidArgumentError("expected a file whose name ends in .html or .svg");
}

function runs(paths: readonly string[], { measure, chart, json }: RunsOptions): void {
  const { runs, faults } = readRuns(findRuns(paths.length > 0 ? paths : ["runs"]));
  runs.sort((a, b) => String(a.config.started).localeCompare(String(b.config.started)));
  for (const fault of faults) reportError(fault);
  if (faults.length > 0) process.exitCode = 1;
  const listed = runs.map((each) => listedRun(each, measure));
  if (chart !== undefined) {
    const drawing = comparisonChart(runs, measure ?? listed.find(({ epochs }) => epochs > 0)?.measure ?? "loss");
    const page = () =>
      comparisonHtml(drawing, table("Runs", head, listed.map(cells), { sortable: "runs-table", numbers: 4 }));
    writeFileSync(chart, chart.endsWith(".svg") ? comparisonSvg(drawing) : page());
  }
  if (json) console.log(JSON.stringify(listed, null, 2));
  else console.log(listed.length === 0 ? "no runs" : textTable([head, ...listed.map(cells)]));
  if (chart !== undefined && !json) console.log(`\nchart in ${chart}`);
}

const head = ["run", "state", "model", "data", "epochs", "best val", "test", "begun"];

function cells(run: ListedRun): string[] {
  const { path, state, model, data, epochs, planned, measure, bestValidation, test, started } = run;
  const best = bestValidation ? `${formatValue(measure, bestValidation.value)} (${bestValidation.epoch})` : "–";
  const begun = started === null ? "–" : started.slice(0, 16).replace("T", " ");
  return [
    path,
    state,
    model,
    data,
    `${epochs}${planned === null ? "" : `/${planned}`}`,
    best,
    formatValue(measure, test),
    begun,
  ];
}

function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
