/** @file The layers of a run's network, without its weights. */
import { type Summary, summarize } from "@tessera/nn";
import { openDevice } from "@tessera/tensor";
import { allModels, type NamedModel } from "../models.ts";
import { recipeModel } from "../recipe/recipe-model.ts";
import type { RunFacts } from "./run-facts.ts";

/** `null` where this version cannot make the network. */
export async function summarizeRun({ recipe, config }: RunFacts): Promise<Summary | null> {
  if (!recipe || !Array.isArray(config.classNames)) return null;
  const known: Readonly<Record<string, NamedModel>> = allModels;
  const { input } = known[recipe.model.name]!;
  // Only to hold the weights for a moment.
  const device = await openDevice("cpu", { threads: 1 });
  try {
    return summarize(recipeModel(recipe, config.classNames.length), input);
  } finally {
    await device.destroy();
  }
}
