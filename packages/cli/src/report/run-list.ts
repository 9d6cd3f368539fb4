/** @file Many runs beside each other. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { bestOf, epochsPlanned, mainMeasure, modelName } from "./headline.ts";
import { type Fields, type RunFacts, readRun } from "./run-facts.ts";

/** A run in a list. */
export interface ListedRun {
  readonly path: string;
  readonly state: RunFacts["state"];
  readonly model: string;
  readonly data: string;
  /** Epochs that are over, and that there are to be; `null` where nothing says. */
  readonly epochs: number;
  readonly planned: number | null;
  /** What the two values below are of. */
  readonly measure: string;
  readonly bestValidation: { readonly value: number; readonly epoch: number } | null;
  readonly test: number | null;
  readonly seconds: number;
  /** ISO 8601. */
  readonly started: string | null;
}

/** Folders of runs: each path itself, or those below it, by their names. */
export function findRuns(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!existsSync(path))
      throw new Error(`${path}: there is no such folder\n  hint: runs are in runs/, where tessera train puts them`);
    return below(path, 3);
  });
}

/** `depth` keeps data sets that lie beside runs from being searched through. */
function below(path: string, depth: number): string[] {
  if (existsSync(join(path, "config.json"))) return [path];
  if (depth === 0 || !statSync(path).isDirectory()) return [];
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => below(join(path, name), depth - 1));
}

/** Runs that can be read, and why the others cannot. */
export function readRuns(paths: readonly string[]): { runs: RunFacts[]; faults: string[] } {
  const runs: RunFacts[] = [];
  const faults: string[] = [];
  for (const path of paths) {
    try {
      runs.push(readRun(path));
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { runs, faults };
}

/** What a list says of a run. */
export function listedRun(facts: RunFacts, asked?: string): ListedRun {
  const { path, state, config, history, test } = facts;
  const measure = asked ?? mainMeasure(history.keys);
  const tested = (test as Fields | null)?.[measure];
  return {
    ...{ path, state, model: modelName(facts), data: typeof config.dataset === "string" ? config.dataset : "unknown" },
    ...{ epochs: history.epochs.length, planned: epochsPlanned(facts), measure },
    bestValidation: bestOf(history.epochs, `val_${measure}`),
    test: typeof tested === "number" ? tested : null,
    seconds: history.epochs.reduce((sum, line) => sum + (line.seconds ?? 0), 0),
    started: typeof config.started === "string" ? config.started : null,
  };
}
