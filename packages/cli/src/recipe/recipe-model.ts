/** @file The network that a recipe names. */
import type { ModelOptions, Sequential } from "@tessera/nn";
import { allModels } from "../models.ts";
import type { Recipe } from "./recipe-schema.ts";

/** Makes the recipe's network for some classes. */
export function recipeModel(
  {
    model: { name, backbone: _, ...settings },
    seed,
    data,
  }: Pick<Recipe, "model" | "seed"> & { readonly data?: Pick<Recipe["data"], "crop"> },
  classes: number,
  input: ModelOptions["input"] = data?.crop === undefined ? allModels[name].input : [data.crop, data.crop, 3],
): Sequential {
  return (allModels[name].create as (options: ModelOptions) => Sequential)({ classes, input, seed, ...settings });
}
