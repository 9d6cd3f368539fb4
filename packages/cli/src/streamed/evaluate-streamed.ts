/** @file The set that `evaluate` measures a run on, where it is read as it is needed. */
import type { StreamedSet } from "@tessera/data/node";
import type { RunConfig } from "../run-folder.ts";
import { openStreamed } from "./streams.ts";

/**
 * Opens a part of a run's set, or another one; close it when it was measured.
 *
 * @param given another set than the run's own
 * @throws Error where its classes are not the run's
 */
export async function openMeasured(
  { recipe, classNames }: RunConfig,
  part: "train" | "test",
  given: string | undefined,
): Promise<StreamedSet> {
  const { path, validation, test = typeof validation === "string" ? validation : undefined } = recipe.data;
  const source = given ?? (part === "train" ? path : test)!;
  const set = await openStreamed(recipe, source);
  const at = classNames.findIndex((name, i) => name !== set.classNames[i]);
  if (at < 0 && classNames.length === set.classNames.length) return set;
  await set.close();
  const counts = `the run has ${classNames.length} classes, this ${set.classNames.length}`;
  const which = at < 0 ? counts : `class ${at} is ${classNames[at]} there and ${set.classNames[at] ?? "none"} here`;
  throw new Error(`${source}: another data set than the run's: ${which}`);
}
