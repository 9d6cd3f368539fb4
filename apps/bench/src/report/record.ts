/** @file The figures of a benchmark, and the file that holds them. */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** Of several runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Another engine in the same run. */
export interface PeerFigures {
  readonly imagesPerSecond: number;
  /** Our speed over theirs, round by round: the median. */
  readonly ratio: number;
  readonly version: string;
}

/** A benchmark's figures; `null` where one has no meaning. */
export interface BenchRecord {
  readonly benchmark: string;
  readonly device: string;
  readonly adapter: string;
  readonly shape: readonly number[];
  /** `null` where the result was wrong: such a time means nothing. */
  readonly milliseconds: Spread | null;
  /** 10⁹ multiplications and additions a second that the definition takes, at the median. */
  readonly gflops: number | null;
  /** 10⁹ bytes a second, each operand read and each result written once, at the median. */
  readonly gigabytesPerSecond: number | null;
  readonly imagesPerSecond: number | null;
  /** GFLOP/s over the device's measured peak. */
  readonly shareOfPeak: number | null;
  readonly peers: Readonly<Record<string, PeerFigures>>;
  /** What the results were compared with before the time was told. */
  readonly verified: string;
  /** What is wrong with them; `null` where nothing is. */
  readonly wrong: string | null;
}

/** What a device was measured to do at most. */
export interface Peak {
  /** 10⁹ multiplications and additions a second. */
  readonly gflops: number;
  /** 10⁹ bytes a second, reading and writing. */
  readonly gigabytesPerSecond: number;
}

/** A part of a step, timed by itself. */
export interface StepPart {
  readonly layer: string;
  readonly part: string;
  readonly milliseconds: number;
  readonly gflops: number | null;
  readonly shareOfPeak: number | null;
}

/** All that a run found. */
export interface BenchReport {
  readonly date: string;
  readonly machine: string;
  readonly command: string;
  readonly records: readonly BenchRecord[];
  readonly peak: Peak | null;
  /** The parts of a step of the small CNN. */
  readonly parts: readonly StepPart[];
  /** Engines that were not there, with the reason. */
  readonly absent: Readonly<Record<string, string>>;
}

/** A report of what was found just now, on this machine. */
export function newReport(found: Pick<BenchReport, "records"> & Partial<BenchReport>): BenchReport {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;
  const command = `npm run bench -- ${process.argv.slice(2).join(" ")}`;
  const peak = found.peak ?? null;
  const records = found.records.map((record) => withShare(record, peak));
  const parts = (found.parts ?? []).map((part) => withShare(part, peak));
  return { date: new Date().toISOString().slice(0, 10), machine, command, absent: {}, ...found, peak, records, parts };
}

/** With its share of the peak, which is known at the end. */
function withShare<Figures extends Pick<BenchRecord, "gflops" | "shareOfPeak">>(
  record: Figures,
  peak: Peak | null,
): Figures {
  return { ...record, shareOfPeak: record.gflops === null || !peak ? null : record.gflops / peak.gflops };
}

/** Writes what a command measured, as JSON that ends with a newline. */
export function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Throws on an empty list: a benchmark that ran nothing has no figures. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) throw new RangeError("no runs to summarise");
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}
