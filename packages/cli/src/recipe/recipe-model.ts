/** @file The network that a recipe names. */
import type { ModelOptions, Sequential } from "@tessera/nn";
import { models } from "../models.ts";
import type { Recipe } from "./recipe-schema.ts";

/** Makes the recipe's network for some classes. */
export function recipeModel(
  { model: { name, ...settings }, seed }: Pick<Recipe, "model" | "seed">,
  classes: number,
  input: ModelOptions["input"] = models[name].input,
): Sequential {
  return (models[name].create as (options: ModelOptions) => Sequential)({ classes, input, seed, ...settings });
}
