/** @file A recipe from a file and from flags, which go before what the file says. */
import type { Command } from "commander";
import { allModels } from "../models.ts";
import { parseRecipe, readRecipe } from "./read-recipe.ts";
import type { Recipe } from "./recipe-schema.ts";

/** Where each flag of `train` stands in a recipe. */
const places = {
  data: ["data", "path"],
  labels: ["data", "labels"],
  validation: ["data", "validation"],
  test: ["data", "test"],
  mean: ["data", "meanFile"],
  labelMap: ["data", "labelMap"],
  crop: ["data", "crop"],
  epochs: ["epochs"],
  batchSize: ["batchSize"],
  learningRate: ["optimizer", "learningRate"],
  seed: ["seed"],
  colours: ["task", "colours"],
  backbone: ["model", "backbone"],
  width: ["model", "width"],
} as const satisfies Readonly<Record<string, readonly [string, string?]>>;

type Fields = Record<string, unknown>;

/**
 * The recipe of a command: its `--recipe`, the named model, and every flag that was given.
 *
 * @throws Error with a line for each fault; a model or a recipe is needed
 */
export function recipeFromOptions(model: string | undefined, command: Command): Recipe {
  const options = command.opts<Fields>();
  const from = options.recipe as string | undefined;
  if (from === undefined && model === undefined) command.error("error: name a model, or a recipe with --recipe");
  const { fields, source } = from === undefined ? { fields: {}, source: "options" } : readRecipe(from);
  if (model !== undefined) chooseModel(fields, model);
  for (const [option, place] of Object.entries(places)) {
    if (command.getOptionValueSource(option) === "cli") put(fields, place, options[option]);
  }
  if (fields.optimizer !== undefined) put(fields, ["optimizer", "name"], nameOf(fields.optimizer));
  return parseRecipe(fields, source);
}

/** What was said of another model, or of another task, does not fit this one. */
function chooseModel(fields: Fields, name: string): void {
  if ((fields.model as Fields | undefined)?.name !== name) fields.model = { name };
  const { task } = allModels[name as keyof typeof allModels];
  if ((fields.task as Fields | undefined)?.name === task) return;
  if (task) fields.task = { name: task };
  else delete fields.task;
}

/** Adam is what a recipe without an optimizer gets, so a flag on its rate means Adam's. */
function nameOf(optimizer: unknown): unknown {
  return (optimizer as Fields).name ?? "adam";
}

function put(fields: Fields, [outer, inner]: readonly [string, string?], value: unknown): void {
  fields[outer] = inner === undefined ? value : { ...(fields[outer] as Fields | undefined), [inner]: value };
}
