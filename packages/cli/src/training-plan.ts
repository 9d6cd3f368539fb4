/** @file What `train` trains, from its settings: the same for a run that begins and for one that goes on. */
import { batches, type ImageSet, type Pixels, stratifiedSplit } from "@tessera/data";
import { IGNORED } from "@tessera/data/node";
import { classification, ema, PixelScale, pixelClassification } from "@tessera/nn";
import type { LoadedSet } from "./load-set.ts";
import { pixelPicture } from "./pixels/pixel-pictures.ts";
import { recipeCallbacks } from "./recipe/recipe-callbacks.ts";
import { recipeModel } from "./recipe/recipe-model.ts";
import { recipeOptimizer } from "./recipe/recipe-optimizer.ts";
import { recipeSchedule } from "./recipe/recipe-schedule.ts";
import type { Recipe } from "./recipe/recipe-schema.ts";
import { recipeTransform } from "./recipe/recipe-transform.ts";
import type { PlannedRun } from "./training-run.ts";

/** What is trained on, and what is watched meanwhile. */
export interface Sets {
  readonly train: ImageSet<Pixels>;
  readonly validation: ImageSet<Pixels> | null;
}

/** What a run is trained on. */
interface RunSets {
  readonly data: LoadedSet;
  readonly sets: Sets;
}

/** A run with its model and optimizer, on the default device. */
export function planTraining(recipe: Recipe, { data, sets }: RunSets): PlannedRun {
  const { batchSize, seed } = recipe;
  const [, ...shape] = data.train.shape;
  const settings = trainingSettings(recipe, data.classNames.length, shape, sets.train.shape[0]);
  const { pixels } = settings;
  return {
    ...settings,
    ...(recipe.task && { picture: (model) => pixelPicture(model, data, { pixels, seed }) }),
    ...{ classNames: data.classNames, test: data.test, validation: sets.validation },
    train: (epoch, start) => batches(sets.train, { batchSize, shuffle: true, seed, epoch: epoch - 1, start }),
    chooseBest: typeof recipe.data.validation === "number",
  };
}

/** What of a run does not depend on where its images are. */
type TrainingSettings = Omit<PlannedRun, "classNames" | "train" | "validation" | "test" | "chooseBest">;

/**
 * Model, optimizer and what else a recipe says, on the default device.
 *
 * @param input height, width and channels
 * @param count of training images
 */
export function trainingSettings(
  recipe: Recipe,
  classes: number,
  input: readonly [number, number, number],
  count: number,
): TrainingSettings {
  const { epochs, batchSize, seed, accumulate, labelSmoothing } = recipe;
  const model = recipeModel(recipe, classes, input);
  const optimizer = recipeOptimizer(model, recipe);
  const transform = recipeTransform(recipe, classes);
  const stepsPerEpoch = Math.ceil(Math.ceil(count / batchSize) / accumulate);
  return {
    ...{ model, optimizer, epochs, seed, accumulate },
    histograms: recipe.histograms,
    objective: (recipe.task ? pixelClassification : classification)({ labelSmoothing }),
    ...(transform && { transform }),
    ...(!recipe.reduceOnPlateau && { learningRate: recipeSchedule(recipe, stepsPerEpoch) }),
    callbacks: (say) => recipeCallbacks(recipe, model, say),
    ...(recipe.average && { average: ema(model, optimizer, { decay: recipe.average.decay }) }),
    pixels: new PixelScale(recipe.data),
    imagesPerEpoch: count,
    title: (epoch) => `epoch ${epoch}/${epochs}`,
  };
}

/**
 * A prepared set's own validation part goes before a share.
 *
 * @throws Error if a class has images to be measured on, and none to be trained on
 */
export function splitSet(data: LoadedSet, recipe: Pick<Recipe, "data" | "seed">): Sets {
  const sets = parts(data, recipe);
  // Colours are those of all images together: a few may have none of a rare one.
  if (data.colours) return sets;
  const trained = new Set(sets.train.labels).add(IGNORED);
  for (const [part, set] of [["validation", sets.validation] as const, ["test", data.test] as const]) {
    const missing = set?.labels.find((label) => !trained.has(label));
    if (missing === undefined) continue;
    const count = set!.labels.filter((label) => label === missing).length;
    const what = set!.labelShape ? "pixels" : "images";
    throw new Error(
      `${data.name}: class ${missing} (${data.classNames[missing]}) has ${count} ${part} ${what}, but none to train on`,
    );
  }
  return sets;
}

function parts(
  { name, train, test, validation: own }: LoadedSet,
  { data: { validation: held }, seed }: Pick<Recipe, "data" | "seed">,
): Sets {
  if (held === "none") return { train, validation: null };
  if (held === "test") return { train, validation: test };
  if (own) return { train, validation: own };
  if (typeof held === "string") {
    throw new Error(`${name}: data.validation: expected test, none or a share, got ${held}: paths are for shards`);
  }
  const { train: rest, validation } = stratifiedSplit(train, held, seed);
  return { train: rest, validation };
}

/** Name, sizes and what a set went through, on one line. */
export function describeSets({ name, prepared, validation }: LoadedSet, sets: Sets): string {
  const { sharpen, normalize } = prepared?.preprocessing ?? { sharpen: false, normalize: "none" };
  const done = [...(sharpen ? ["sharpened"] : []), ...(normalize === "none" ? [] : [normalize])];
  const own =
    validation && sets.validation === validation ? [`${validation.shape[0]} validation images of its own`] : [];
  return [name, `${sets.train.shape[0]} training images`, ...own, ...done].join(", ");
}
