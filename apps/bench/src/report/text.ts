/** @file Figures as text. */
import type { BenchRecord, Spread } from "./record.ts";

/** Three digits that count, or more before the point. */
export function digits(value: number | null): string {
  if (value === null) return "";
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Such as `52.3 (51.8 to 70.7)`. */
export function spreadText({ median, min, max }: Spread): string {
  return `${digits(median)} (${digits(min)} to ${digits(max)})`;
}

/** A share as percent. */
export function percent(share: number | null): string {
  return share === null ? "" : `${(100 * share).toFixed(0)} %`;
}

/** One line for a terminal, as soon as a benchmark has ended. */
export function recordLine(record: BenchRecord): string {
  const name = `${record.benchmark} [${record.shape.join(", ")}]`;
  if (!record.milliseconds) return `${name}: WRONG: ${record.wrong ?? "no time"}`;
  const rates = [
    record.imagesPerSecond === null ? "" : `, ${digits(record.imagesPerSecond)} images/s`,
    record.gflops === null ? "" : `, ${digits(record.gflops)} GFLOP/s`,
    record.gigabytesPerSecond === null ? "" : `, ${digits(record.gigabytesPerSecond)} GB/s`,
    record.shareOfPeak === null ? "" : `, ${percent(record.shareOfPeak)} of the peak`,
  ];
  return `${name}: ${spreadText(record.milliseconds)} ms${rates.join("")}`;
}
