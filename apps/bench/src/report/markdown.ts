/** @file A report as Markdown: the tables of RESULTS.md. */
import type { BenchRecord, BenchReport, StepPart } from "./record.ts";
import { digits, percent, spreadText } from "./text.ts";

/** The report's heading, tables and remarks. */
export function toMarkdown(report: BenchReport): string {
  const [kernels, others] = [true, false].map((wanted) =>
    report.records.filter(({ benchmark }) => benchmark.startsWith("kernel/") === wanted),
  ) as [BenchRecord[], BenchRecord[]];
  const peak = report.peak
    ? `Peak as measured: ${digits(report.peak.gflops)} GFLOP/s (matrix product), ${digits(report.peak.gigabytesPerSecond)} GB/s (a pass over 64 MiB).`
    : "";
  const wrong = report.records.filter((record) => record.wrong !== null);
  const sections = [
    `# Measured\n\nOn ${report.date}, ${report.machine}: \`${report.command}\``,
    peak,
    others.length > 0 ? stepTable(others) : "",
    partTable(report.parts),
    kernels.length > 0 ? kernelTable(kernels) : "",
    Object.entries(report.absent)
      .map(([name, reason]) => `${name} is left out: ${reason}.`)
      .join("\n"),
    checks(report.records),
    wrong.map((record) => `**WRONG**: ${record.benchmark} on ${record.adapter}: ${record.wrong}`).join("\n\n"),
  ];
  return `${sections.filter(Boolean).join("\n\n")}\n`;
}

/** What the results were compared with, each way of it once. */
function checks(records: readonly BenchRecord[]): string {
  const ways = new Map<string, string[]>();
  for (const { benchmark, verified } of records) {
    const kind = benchmark.startsWith("kernel/") ? "kernels" : benchmark;
    const known = ways.get(verified) ?? [];
    if (!known.includes(kind)) ways.set(verified, [...known, kind]);
  }
  return [...ways]
    .map(([verified, names]) => `Checked before a time is told, ${names.join(", ")}: ${verified}.`)
    .join("\n");
}

/** Steps and epochs, a column for each peer that any of them met. */
function stepTable(records: readonly BenchRecord[]): string {
  const peers = [...new Set(records.flatMap((record) => Object.keys(record.peers)))];
  const heads = peers.flatMap((name) => [`${name} images/s`, `ratio to ${name}`]);
  const rows = records.map((record) => [
    `${record.benchmark}, batch ${record.shape[0]}`,
    record.adapter,
    record.milliseconds ? spreadText(record.milliseconds) : "WRONG",
    digits(record.imagesPerSecond),
    digits(record.gflops),
    percent(record.shareOfPeak),
    ...peers.flatMap((name) => {
      const peer = record.peers[name];
      return peer ? [`${digits(peer.imagesPerSecond)} (${peer.version})`, peer.ratio.toFixed(2)] : ["", ""];
    }),
  ]);
  return table(["benchmark", "device", "ms (min to max)", "images/s", "GFLOP/s", "of peak", ...heads], rows);
}

function kernelTable(records: readonly BenchRecord[]): string {
  const rows = records.map((record) => [
    record.benchmark.replace("kernel/", ""),
    record.shape.join(" × "),
    record.milliseconds ? spreadText(record.milliseconds) : "WRONG",
    digits(record.gflops),
    digits(record.gigabytesPerSecond),
    percent(record.shareOfPeak),
  ]);
  return table(["kernel", "shape", "ms (min to max)", "GFLOP/s", "GB/s", "of peak"], rows);
}

function partTable(parts: readonly StepPart[]): string {
  if (parts.length === 0) return "";
  const total = parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = parts.map(({ layer, part, milliseconds, gflops, shareOfPeak }) => [
    layer,
    part,
    milliseconds.toFixed(2),
    percent(milliseconds / total),
    digits(gflops),
    percent(shareOfPeak),
  ]);
  rows.push(["all", "", total.toFixed(2), "", "", ""]);
  const heading = "Where a step of the small CNN goes, each op timed by itself:";
  return `${heading}\n\n${table(["layer", "part", "ms", "of the sum", "GFLOP/s", "of peak"], rows)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, i) => Math.max(3, head.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(heads), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
