/** @file A run of benchmarks on one device: what they share before and after. */
import type { Device } from "@tessera/tensor";
import { measurePeak } from "../kernels/peak.ts";
import { toMarkdown } from "../report/markdown.ts";
import { type BenchRecord, type BenchReport, newReport, type StepPart, writeJson } from "../report/record.ts";
import { recordLine } from "../report/text.ts";
import { type BenchOptions, openBenchDevice, timingOf } from "./options.ts";

/** What benchmarks find besides records, gathered as they run. */
export interface Findings {
  readonly parts: StepPart[];
  /** Engines that were left out, by name, with the reason. */
  readonly absent: Record<string, string>;
}

/** One kind of benchmark: gives its records as they are done. */
export type Job = (device: Device, options: BenchOptions, findings: Findings) => AsyncIterable<BenchRecord>;

/** Runs jobs on the device that the options ask for, prints the tables, and writes what was asked for. */
export async function runJobs(jobs: readonly Job[], options: BenchOptions): Promise<void> {
  const device = await openBenchDevice(options);
  console.error(`on ${device.description}`);
  const findings: Findings = { parts: [], absent: {} };
  const records: BenchRecord[] = [];
  try {
    const before = await measurePeak(device, timingOf(options));
    for (const job of jobs) {
      for await (const record of job(device, options, findings)) {
        records.push(record);
        console.error(recordLine(record));
      }
    }
    // Twice, because the machine's speed drifts.
    const after = await measurePeak(device, timingOf(options));
    const peak = {
      gflops: Math.max(before.gflops, after.gflops),
      gigabytesPerSecond: Math.max(before.gigabytesPerSecond, after.gigabytesPerSecond),
    };
    await conclude(newReport({ records, peak, ...findings }), options);
  } finally {
    await device.destroy();
  }
}

/** Prints the tables, writes what was asked for, and fails the process where a result was wrong. */
async function conclude(report: BenchReport, { json, out }: BenchOptions): Promise<void> {
  console.log(toMarkdown(report));
  if (json) writeJson(json, report);
  if (out) {
    const { writePage } = await import("../report/page.ts");
    await writePage(report, out);
  }
  const wrong = report.records.filter((record) => record.wrong !== null).length;
  if (wrong === 0) return;
  console.error(`bench: ${wrong} of ${report.records.length} results are wrong: see WRONG in the table`);
  process.exitCode = 1;
}
