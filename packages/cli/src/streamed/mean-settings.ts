/** @file What a mean file says of training: what is subtracted, and how colours vary. */
import { principalColours, readMeanFile, type StreamedSet } from "@tessera/data/node";
import type { Recipe } from "../recipe/recipe-schema.ts";

/**
 * The recipe with the figures of its mean file, so that a run needs the file no more.
 *
 * @throws Error where the file is of other shards than these, or something is asked that it does not say
 */
export async function withMeanFile(recipe: Recipe, train: StreamedSet): Promise<Recipe> {
  const { meanFile } = recipe.data;
  const wantsColours = recipe.augment.pcaColour > 0 && recipe.data.principalColours === undefined;
  if (train.normalized && (meanFile !== undefined || recipe.data.mean !== 0)) {
    throw new Error(`${train.name}: the mean was taken off these float32 records already: leave --mean out`);
  }
  if (meanFile === undefined) {
    if (!wantsColours) return recipe;
    throw new Error("augment.pcaColour: expected a file of mean-rgb (--mean), or data.principalColours, got neither");
  }
  const { mean, covariance, shards } = await readMeanFile(meanFile);
  const hint = `hint: tessera mean-rgb -i '${train.name}' --tfrecord -o ${meanFile}`;
  if (train.shards && shards && shards.sha256 !== train.shards.sha256) {
    const what = `${shards.files} files of hash ${shards.sha256.slice(0, 8)}`;
    const found = `${train.shards.files} of ${train.shards.sha256.slice(0, 8)}`;
    throw new Error(
      `${meanFile}: the mean of other records: of ${what}, but training is on ${found} (${train.name})\n  ${hint}`,
    );
  }
  if (train.shards && !shards) {
    console.error(`${meanFile}: it does not say which records it is of, which is not checked\n  ${hint}`);
  }
  if (wantsColours && !covariance) {
    throw new Error(`${meanFile}: it has no covariance, which augment.pcaColour needs\n  ${hint}`);
  }
  const principal = wantsColours && covariance ? await principalColours(covariance) : undefined;
  const colours = principal && { principalColours: asRecipe(principal) };
  return { ...recipe, data: { ...recipe.data, mean: [...mean], ...colours } };
}

function asRecipe({ values, vectors }: Awaited<ReturnType<typeof principalColours>>) {
  return { values: [...values], vectors: vectors.map((vector) => [...vector]) };
}
