/** @file What `train` trains, from its settings: the same for a run that begins and for one that goes on. */
import { batches, type ImageSet, type Pixels, stratifiedSplit } from "@tessera/data";
import { adam, PixelScale } from "@tessera/nn";
import type { LoadedSet } from "./load-set.ts";
import { type ModelName, models } from "./models.ts";
import type { Validation } from "./options.ts";
import type { RunFolder } from "./run-folder.ts";
import type { TrainingRun } from "./training-run.ts";

/** What decides a run's steps, besides model and data. */
export interface TrainSettings {
  readonly validation: Validation;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

/** What is trained on, and what is watched meanwhile. */
export interface Sets {
  readonly train: ImageSet<Pixels>;
  readonly validation: ImageSet<Pixels> | null;
}

/** Where a run goes and what it is trained on. */
interface RunPlace {
  readonly folder: RunFolder;
  readonly data: LoadedSet;
  readonly sets: Sets;
}

/** A run with its model and optimizer, on the default device. */
export function planTraining(name: ModelName, settings: TrainSettings, { folder, data, sets }: RunPlace): TrainingRun {
  const { epochs, batchSize, seed, learningRate, validation } = settings;
  const model = models[name].create({
    classes: data.classNames.length,
    input: data.train.shape.slice(1) as [number, number, number],
    seed,
  });
  return {
    ...{ folder, model, epochs, seed, classNames: data.classNames, test: data.test, validation: sets.validation },
    optimizer: adam(model.parameters(), { learningRate }),
    pixels: new PixelScale(),
    train: (epoch, start) => batches(sets.train, { batchSize, shuffle: true, seed, epoch: epoch - 1, start }),
    imagesPerEpoch: sets.train.shape[0],
    chooseBest: typeof validation === "number",
    title: (epoch) => `epoch ${epoch}/${epochs}`,
  };
}

/**
 * A prepared set's own validation part goes before a share.
 *
 * @throws Error if a class has images to be measured on, and none to be trained on
 */
export function splitSet(data: LoadedSet, settings: Pick<TrainSettings, "validation" | "seed">): Sets {
  const sets = parts(data, settings);
  const trained = new Set(sets.train.labels);
  for (const [part, set] of [["validation", sets.validation] as const, ["test", data.test] as const]) {
    const missing = set?.labels.find((label) => !trained.has(label));
    if (missing === undefined) continue;
    const count = set!.labels.filter((label) => label === missing).length;
    throw new Error(
      `${data.name}: class ${missing} (${data.classNames[missing]}) has ${count} ${part} images, but none to train on`,
    );
  }
  return sets;
}

function parts(
  { train, test, validation: own }: LoadedSet,
  { validation: held, seed }: Pick<TrainSettings, "validation" | "seed">,
): Sets {
  if (held === "none") return { train, validation: null };
  if (held === "test") return { train, validation: test };
  if (own) return { train, validation: own };
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
