/** @file The optimizer that a recipe names. */
import { adam, adamw, decayGroups, type Module, type Optimizer, rmsprop, sgd } from "@tessera/nn";
import type { Recipe } from "./recipe-schema.ts";

/** Makes the recipe's optimizer over a model's parameters. */
export function recipeOptimizer(model: Module, { optimizer }: Pick<Recipe, "optimizer">): Optimizer {
  if (optimizer.name === "adam") {
    const { name: _, ...settings } = optimizer;
    return adam(model.parameters(), settings);
  }
  const { name, decayBiasAndNorm, weightDecay, ...settings } = optimizer;
  const make = { adamw, sgd, rmsprop }[name] as typeof sgd;
  if (decayBiasAndNorm || weightDecay === 0) return make(model.parameters(), { ...settings, weightDecay });
  return make(decayGroups(model, weightDecay), settings);
}
