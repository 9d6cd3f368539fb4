/** @file Weights from elsewhere that a segmentation network begins with. */
import { readFileSync } from "node:fs";
import { loadBackbone, type Sequential } from "@tessera/nn";
import type { Recipe } from "../recipe/recipe-schema.ts";
import { say } from "../voice.ts";

/** Fills the backbone from the recipe's file, if it names one, and says so. */
export function beginWithBackbone(model: Sequential, { model: { backbone: file } }: Pick<Recipe, "model">): void {
  if (file === undefined) return;
  try {
    const { taken, left } = loadBackbone(model, readFileSync(file));
    say(`the backbone begins with ${taken} tensors of ${file}; ${left} others are left aside`);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`${file}: ${code ? `cannot be read (${code})` : message}`, { cause });
  }
}
