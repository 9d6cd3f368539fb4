/** @file The folder that a training run leaves behind. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { decodePreprocessor, type FittedSettings, type Preprocessor } from "@tessera/data";
import type { ShardsHash } from "@tessera/data/node";
import { type EpochResult, eventFileName, type TensorBoardBytes } from "@tessera/nn";
import type { CheckpointEvery } from "./options.ts";
import { parseRecipe } from "./recipe/read-recipe.ts";
import type { Recipe } from "./recipe/recipe-schema.ts";

/** What `config.json` says. */
export interface RunConfig {
  /** What was trained and how; its data's path is absolute. */
  readonly recipe: Recipe;
  readonly dataset: string;
  readonly classNames: readonly string[];
  /** Images of each set, before any were held out. */
  readonly images: { readonly train: number; readonly validation?: number; readonly test: number };
  /** What the training set's shards are known by, where it is shards. */
  readonly shards?: ShardsHash;
  /** What a prepared set had gone through: `preprocessor.safetensors` applies it. */
  readonly preprocessing?: FittedSettings;
  /** What the classes are, where they are the colours of pixels: red, green and blue of each, 0 … 1. */
  readonly colours?: readonly (readonly number[])[];
  /** Height and width of the images, where classes are those of pixels. */
  readonly imageSize?: readonly [height: number, width: number];
  readonly device: { readonly kind: string; readonly description: string };
  readonly versions: { readonly tessera: string; readonly node: string };
  /** How often a checkpoint is written; only runs of `train` have any, and go on with --resume. */
  readonly checkpointEvery?: CheckpointEvery;
  /** Time that `demo` trains for, whatever the recipe's epochs. */
  readonly minutes?: number;
  /** ISO 8601. */
  readonly started: string;
}

/** Which weights of a run: those of the epoch with the least validation loss, or those that training ended with. */
export type Weights = "best" | "last";

/** How long a run's growing files are. */
export interface LogState {
  readonly eventFile: string;
  /** By their paths in the folder. */
  readonly bytes: Readonly<Record<string, number>>;
}

/** All that a run needs to go on. */
export const CHECKPOINT_FILE = "checkpoint.safetensors";

/** The step that ended a run by going non-finite. */
export const NAN_DUMP_FILE = "nan-dump.safetensors";

/** The mark of a run in training: who trains it, and how far the epoch is. */
export const RUNNING_FILE = "running.json";

/** What made the pixels of a prepared set that a run was trained on. */
export const PREPROCESSOR_FILE = "preprocessor.safetensors";

/** Everything that a run writes. */
const written = [
  PREPROCESSOR_FILE,
  CHECKPOINT_FILE,
  NAN_DUMP_FILE,
  RUNNING_FILE,
  ...["config.json", "history.jsonl", "events", "best.safetensors", "last.safetensors", "test.json"],
  ...["curves.svg", "curves.png", "predictions.svg", "predictions.png"],
  ...["comparison.json", "activations.svg", "activations.png", "overlays", "predictions"],
  ...["confusion.json", "confusion.csv", "confusion.svg", "confusion.png", "report.html"],
];

/** A run's folder. Files appear whole or not at all, except the histories, which grow by an epoch at a time. */
export class RunFolder {
  readonly path: string;
  #eventFile = eventFileName(Date.now() / 1000, hostname());

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the folder and its empty history, so that a place that cannot be written to is known before anything is
   * computed. What an earlier run left in it goes, so that no file of one run passes for the other's; what nobody's run
   * left there is not touched.
   */
  static create(path: string): RunFolder {
    const there = written.filter((name) => existsSync(join(path, name)));
    if (there.length > 0 && !there.includes("history.jsonl")) {
      throw new Error(`${path}: it has ${there.join(", ")}, but is no run\n  hint: name another folder with --out`);
    }
    try {
      mkdirSync(path, { recursive: true });
      for (const name of [...there, ...there.map((each) => `${each}.partial`)]) {
        rmSync(join(path, name), { recursive: true, force: true });
      }
      writeFileSync(join(path, "history.jsonl"), "");
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const hint = "hint: name another one with --out";
      throw new Error(`${path}: the run's folder cannot be written: ${reason}\n  ${hint}`, { cause });
    }
    return new RunFolder(path);
  }

  /** A run that was made before. */
  static open(path: string): RunFolder {
    if (existsSync(join(path, "config.json"))) return new RunFolder(path);
    throw new Error(`${path}: no run: it has no config.json\n  hint: name the folder that tessera train wrote`);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  writeJson(name: string, value: unknown): void {
    this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  write(name: string, contents: string | Uint8Array): void {
    writeFileSync(`${this.file(name)}.partial`, contents);
    renameSync(`${this.file(name)}.partial`, this.file(name));
  }

  config(): RunConfig {
    const path = this.file("config.json");
    let config: Partial<RunConfig>;
    try {
      config = JSON.parse(readFileSync(path, "utf8"));
    } catch (cause) {
      throw new Error(`${path}: not JSON: ${(cause as Error).message}`, { cause });
    }
    for (const name of ["recipe", "dataset", "classNames"] as const) {
      if (config[name] === undefined) throw new Error(`${path}: it has no ${name}`);
    }
    return { ...(config as RunConfig), recipe: parseRecipe(config.recipe, `${path}: recipe`) };
  }

  /** The bytes of a set of weights; without `which`, the best where there are any. */
  weights(which?: Weights): { which: Weights; bytes: Uint8Array } {
    const found = which ?? (existsSync(this.file("best.safetensors")) ? "best" : "last");
    const path = this.file(`${found}.safetensors`);
    if (!existsSync(path)) throw new Error(`${path}: no such weights: the run ended before it wrote them`);
    return { which: found, bytes: readFileSync(path) };
  }

  /** What a run that was trained on a prepared set applies to other images. */
  preprocessor({ preprocessing }: RunConfig): Preprocessor | undefined {
    if (!preprocessing) return undefined;
    const path = this.file(PREPROCESSOR_FILE);
    try {
      return decodePreprocessor(readFileSync(path), path);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${path}: the run's preprocessing cannot be read: ${reason}`, { cause });
    }
  }

  /** What a run goes on from; `null` if it was ended before it wrote any. */
  checkpoint(): Uint8Array | null {
    return existsSync(this.file(CHECKPOINT_FILE)) ? readFileSync(this.file(CHECKPOINT_FILE)) : null;
  }

  /** How long the history and the event files are now. */
  logState(): LogState {
    const names = ["history.jsonl", ...this.#eventFiles()].filter((name) => existsSync(this.file(name)));
    const bytes = Object.fromEntries(names.map((name) => [name, statSync(this.file(name)).size]));
    return { eventFile: this.#eventFile, bytes };
  }

  /** Cuts history and event files back to what they were; those that there were none of then go. */
  cutBack({ eventFile, bytes }: LogState): void {
    for (const name of this.#eventFiles()) if (!(name in bytes)) rmSync(this.file(name));
    rmSync(this.file("test.json"), { force: true });
    for (const [name, length] of Object.entries(bytes)) {
      const found = existsSync(this.file(name)) ? statSync(this.file(name)).size : 0;
      if (found < length) {
        throw new Error(`${this.file(name)}: the checkpoint expects at least ${length} bytes, found ${found}`);
      }
      truncateSync(this.file(name), length);
    }
    this.#eventFile = eventFile;
  }

  /** As if nothing had been trained yet: for a run that was ended before its first checkpoint. */
  cutToStart(): void {
    writeFileSync(this.file("history.jsonl"), "");
    this.cutBack({ eventFile: this.#eventFile, bytes: {} });
    for (const name of ["best.safetensors", "last.safetensors"]) rmSync(this.file(name), { force: true });
  }

  #eventFiles(): string[] {
    return ["train", "validation"].flatMap((folder) => {
      const path = this.file(`events/${folder}`);
      return existsSync(path) ? readdirSync(path).map((name) => `events/${folder}/${name}`) : [];
    });
  }

  appendHistory(result: EpochResult & { readonly learning_rate: number }): void {
    appendFileSync(this.file("history.jsonl"), `${JSON.stringify(result)}\n`);
  }

  /** TensorBoard's files lie in folders of their own, one a curve. */
  appendEvents(events: readonly TensorBoardBytes[]): void {
    for (const { folder, bytes } of events) {
      mkdirSync(this.file(`events/${folder}`), { recursive: true });
      appendFileSync(this.file(`events/${folder}/${this.#eventFile}`), bytes);
    }
  }
}
