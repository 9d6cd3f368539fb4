/** @file What a run is trained on, whether it fits into memory or not. */
import type { SetFacts } from "./load-set.ts";
import { loadTask } from "./pixels/load-task.ts";
import type { Recipe } from "./recipe/recipe-schema.ts";
import type { RunConfig, RunFolder } from "./run-folder.ts";
import { openStreamedData } from "./streamed/streamed-data.ts";
import { isStreamed } from "./streamed/streams.ts";
import { describeSets, planTraining, splitSet } from "./training-plan.ts";
import type { TrainingRun } from "./training-run.ts";

/** A set, opened. */
export interface TrainingData {
  readonly facts: SetFacts;
  /** What the run's description says of it besides. */
  readonly more: Pick<RunConfig, "shards">;
  /** On one line. */
  readonly description: string;
  /** With what was read from files that it names. */
  readonly recipe: Recipe;
  /** The run, on the default device. */
  plan(folder: RunFolder): TrainingRun;
  close(): Promise<void>;
}

/**
 * Opens the set that a recipe's data names.
 *
 * @param begins whether a run begins, rather than going on
 */
export async function openTrainingData(recipe: Recipe, begins: boolean): Promise<TrainingData> {
  const { path } = recipe.data;
  if (isStreamed(recipe, path!)) return openStreamedData(recipe, begins);
  for (const field of ["test", "meanFile", "labelMap", "crop", "principalColours"] as const) {
    if (recipe.data[field] !== undefined) throw new Error(`${path}: data.${field} is for sets in TFRecord shards`);
  }
  const data = await loadTask(recipe, path!);
  const sets = splitSet(data, recipe);
  return {
    ...{ facts: data, more: {}, recipe, description: describeSets(data, sets) },
    plan: (folder) => planTraining(recipe, { folder, data, sets }),
    close: async () => {},
  };
}
