/** @file A run's `history.jsonl`, read as far as it goes: a run that was killed may have left half a line. */
import { existsSync, readFileSync } from "node:fs";

/** One epoch, whatever it measured. JSON writes what is not finite as null. */
export type EpochLine = Readonly<Record<string, number | null>> & { readonly epoch: number };

/** What the file says. */
export interface History {
  readonly epochs: readonly EpochLine[];
  /** Every key of any line, in the order in which they come. */
  readonly keys: readonly string[];
  /** What could not be read, and where. */
  readonly notes: readonly string[];
}

/** Reads what is there; without a file there is no epoch. */
export function readHistory(path: string): History {
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const epochs: EpochLine[] = [];
  const notes: string[] = [];
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    const epoch = parseLine(line);
    if (epoch) epochs.push(epoch);
    else notes.push(`history.jsonl: line ${i + 1} is no epoch and was left out${last(lines, i) ? broken : ""}`);
  });
  return { epochs, keys: [...new Set(epochs.flatMap((epoch) => Object.keys(epoch)))], notes };
}

const broken = ": it was being written, or its writer was killed";

function last(lines: readonly string[], i: number): boolean {
  return lines.slice(i + 1).every((line) => line.trim() === "");
}

function parseLine(line: string): EpochLine | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || typeof (value as EpochLine).epoch !== "number") return null;
  const numbers = Object.entries(value).filter(([, each]) => typeof each === "number" || each === null);
  return Object.fromEntries(numbers) as EpochLine;
}
