/** @file What a recipe has happen between steps and epochs, besides its schedule. */
import {
  type Callback,
  Dropout,
  type DropoutStage,
  dropBlockScheduler,
  dropoutRateScheduler,
  earlyStopping,
  type Module,
  reduceOnPlateau,
} from "@tessera/nn";
import type { Recipe } from "./recipe-schema.ts";

type Part = Pick<Recipe, "dropBlock" | "dropoutStages" | "earlyStopping" | "epochs" | "reduceOnPlateau">;

/**
 * The recipe's callbacks, in the order of their work.
 *
 * @param model as it was made: stages of dropout count from its rates
 * @param say is told of each change
 */
export function recipeCallbacks(recipe: Part, model: Module, say: (line: string) => void): Callback[] {
  const { dropBlock, dropoutStages, epochs } = recipe;
  return [
    ...(dropoutStages ? [dropoutRateScheduler({ stages: absoluteStages(dropoutStages, model), say })] : []),
    ...(dropBlock ? [dropBlockScheduler(keepProbability(dropBlock, epochs))] : []),
    ...(recipe.reduceOnPlateau ? [reduceOnPlateau({ ...recipe.reduceOnPlateau, say })] : []),
    // A run has its best weights in a file.
    ...(recipe.earlyStopping ? [earlyStopping({ ...recipe.earlyStopping, restoreBestWeights: false })] : []),
  ];
}

/** At 1 nothing would be left. */
const greatestRate = 0.95;

/** Rates of each stage, from those of the model. */
function absoluteStages(stages: NonNullable<Part["dropoutStages"]>, model: Module): DropoutStage[] {
  let now = dropoutRates(model);
  return stages.map(({ at, rates, add, multiply = 1 }) => {
    const changed = rates ?? add?.map((each, i) => (now[i] ?? 0) + each) ?? now.map((rate) => rate * multiply);
    now = changed.map((rate) => Math.min(greatestRate, Math.max(0, rate)));
    return { from: at, rates: now };
  });
}

function dropoutRates(module: Module): number[] {
  return module instanceof Dropout ? [module.rate] : module.children().flatMap(([, child]) => dropoutRates(child));
}

/** Evenly from one to the other, by epoch from 0. */
function keepProbability({ from, to, epochs }: NonNullable<Part["dropBlock"]>, all: number) {
  return (epoch: number) => from + (to - from) * Math.min(1, epoch / (epochs ?? all));
}
