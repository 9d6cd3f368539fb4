/** @file The trained network that comes with the command. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readHeader } from "@tessera/safetensors";
import { parseRecipe } from "./recipe/read-recipe.ts";
import type { RunConfig } from "./run-folder.ts";

/** A run in one file: weights of float16, and in the header what a run's folder says of itself. */
export interface Pretrained {
  readonly path: string;
  readonly config: RunConfig;
  readonly bytes: Uint8Array;
}

/** The file in the package, or the one that `TESSERA_PRETRAINED` names. */
function pretrainedPath(): string {
  const own = new URL("../pretrained/cnn-cifar100.safetensors", import.meta.url);
  return process.env.TESSERA_PRETRAINED ?? fileURLToPath(own);
}

/** Reads it. */
export function readPretrained(): Pretrained {
  const path = pretrainedPath();
  if (!existsSync(path)) {
    const hint = "hint: node scripts/pretrained.mjs <run> makes it from a run's folder";
    throw new Error(`${path}: there are no pretrained weights\n  ${hint}`);
  }
  const bytes = readFileSync(path);
  const config = readHeader(bytes).metadata.get("config");
  if (config === undefined)
    throw new Error(`${path}: its header does not say what it was trained as: config is missing`);
  const parsed = JSON.parse(config);
  return { path, config: { ...parsed, recipe: parseRecipe(parsed.recipe, `${path}: recipe`) }, bytes };
}
