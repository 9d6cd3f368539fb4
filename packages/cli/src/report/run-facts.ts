/** @file What a run's folder says of itself, read as far as it goes: also in the middle of training, also of older versions. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { decodeEvent, decodeRecords } from "@tessera/tfrecord";
import { type EpochLine, type History, readHistory } from "../read-history.ts";
import { parseRecipe } from "../recipe/read-recipe.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";
import { type PixelFacts, readPixelFacts } from "./pixel-facts.ts";
import { type RunProgress, type RunState, runState } from "./run-state.ts";

/** What a file of JSON holds. */
export type Fields = Readonly<Record<string, unknown>>;

/** A run as it stands. */
export interface RunFacts {
  readonly path: string;
  /** The folder's own. */
  readonly name: string;
  /** `config.json` as it is. */
  readonly config: Fields;
  /** `null` where this version cannot follow it. */
  readonly recipe: Recipe | null;
  readonly history: History;
  /** `test.json`, if the test set was measured. */
  readonly test: Fields | null;
  readonly state: RunState;
  /** Of a run that gives a class to each pixel. */
  readonly pixels?: PixelFacts;
  readonly progress?: RunProgress;
  /** What is odd about the folder. */
  readonly notes: readonly string[];
}

/** @throws Error if the folder holds no run, or its `config.json` is no JSON */
export function readRun(path: string): RunFacts {
  const file = join(path, "config.json");
  if (!existsSync(file)) {
    throw new Error(`${path}: no run: it has no config.json\n  hint: name the folder that tessera train wrote`);
  }
  const config = readFields(file);
  const [recipe, fault] = recipeOf(config, file);
  const history = withLearningRates(readHistory(join(path, "history.jsonl")), path);
  const test = existsSync(join(path, "test.json")) ? readFields(join(path, "test.json")) : null;
  return {
    ...{ path, name: basename(resolve(path)), config, recipe, history, test },
    ...(recipe?.task && { pixels: readPixelFacts(path) }),
    ...runState(path, config.dataset === "imported"),
    notes: [...history.notes, ...fault],
  };
}

function readFields(path: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new Error(`${path}: not JSON: ${(cause as Error).message}`, { cause });
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Fields;
  throw new Error(`${path}: expected a JSON object`);
}

function recipeOf({ recipe }: Fields, file: string): [Recipe | null, string[]] {
  if (recipe === undefined) return [null, ["config.json has no recipe: another version wrote it"]];
  try {
    return [parseRecipe(recipe, `${file}: recipe`), []];
  } catch (error) {
    const [line] = (error as Error).message.split("\n");
    return [null, [`this version cannot follow the recipe: ${line}`]];
  }
}

/** Histories of older runs have no learning rate; TensorBoard's events do. */
function withLearningRates(history: History, path: string): History {
  if (history.keys.includes("learning_rate")) return history;
  const rates = learningRates(join(path, "events", "train"));
  if (rates.size === 0) return history;
  const epochs = history.epochs.map((line): EpochLine => ({ ...line, learning_rate: rates.get(line.epoch) ?? null }));
  return { ...history, epochs, keys: [...history.keys, "learning_rate"] };
}

/** By epoch, counted from 1. */
function learningRates(folder: string): Map<number, number> {
  const rates = new Map<number, number>();
  try {
    for (const name of readdirSync(folder).sort()) {
      for (const { data } of decodeRecords(readFileSync(join(folder, name)))) {
        const { step, summary = [] } = decodeEvent(data);
        const found = summary.find(({ tag }) => tag === "epoch_learning_rate")?.simpleValue;
        if (typeof found === "number") rates.set(Number(step) + 1, found);
      }
    }
  } catch {
    // No events, or half a record at their end: what was read counts.
  }
  return rates;
}
