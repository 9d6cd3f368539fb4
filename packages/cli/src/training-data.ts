/** @file What a run is trained on, whether it fits into memory or not. */
import { createHash } from "node:crypto";
import type { RankCommunicator } from "@tessera/nn";
import type { LoadedSet, SetFacts } from "./load-set.ts";
import { loadTask } from "./pixels/load-task.ts";
import type { Recipe } from "./recipe/recipe-schema.ts";
import type { RunConfig } from "./run-folder.ts";
import { withAbsolutePaths } from "./streamed/absolute-paths.ts";
import { openStreamedData } from "./streamed/streamed-data.ts";
import { isStreamed } from "./streamed/streams.ts";
import { describeSets, planTraining, splitSet } from "./training-plan.ts";
import type { PlannedRun } from "./training-run.ts";

/** A set, opened. */
export interface TrainingData {
  readonly facts: SetFacts;
  /** What the run's description says of it besides. */
  readonly more: Pick<RunConfig, "shards">;
  /** On one line. */
  readonly description: string;
  /** With what was read from files that it names. */
  readonly recipe: Recipe;
  /** Of images and labels, or of the files that hold them. */
  digest(): string;
  /**
   * The run, on the default device.
   *
   * @param ranks that share its batches: what is read as it is needed is read by one of them each
   */
  plan(ranks?: RankCommunicator): PlannedRun;
  close(): Promise<void>;
}

/**
 * Opens the set that a recipe's data names.
 *
 * @param begins whether a run begins, rather than going on
 */
export async function openTrainingData(recipe: Recipe, begins: boolean): Promise<TrainingData> {
  const { path } = recipe.data;
  // Of shards the path is the name, which a run that goes on compares.
  if (isStreamed(recipe, path!)) return openStreamedData(withAbsolutePaths(recipe), begins);
  for (const field of ["test", "meanFile", "labelMap", "crop", "principalColours"] as const) {
    if (recipe.data[field] !== undefined) throw new Error(`${path}: data.${field} is for sets in TFRecord shards`);
  }
  const data = await loadTask(recipe, path!);
  const sets = splitSet(data, recipe);
  return {
    ...{ facts: data, more: {}, recipe, description: describeSets(data, sets) },
    digest: () => digestOf(data),
    plan: () => planTraining(recipe, { data, sets }),
    close: async () => {},
  };
}

function digestOf({ train, test }: LoadedSet): string {
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);
  const digest = createHash("sha256");
  for (const { images, labels } of [train, test]) digest.update(bytes(images)).update(bytes(labels));
  return digest.digest("hex");
}
