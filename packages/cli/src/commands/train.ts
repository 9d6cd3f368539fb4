import { join, resolve } from "node:path";
import { batches, type ImageSet, type Pixels, stratifiedSplit } from "@tessera/data";
import { classification, ema, PixelScale } from "@tessera/nn";
import { Command, Option } from "commander";
import { type DeviceOptions, openChosen, withDeviceOptions } from "../device-options.ts";
import { dataHelp, loadData } from "../load-data.ts";
import type { LoadedSet } from "../load-set.ts";
import { modelArgument } from "../models.ts";
import { positiveInteger, positiveNumber, seed, validation } from "../options.ts";
import { recipeFromOptions } from "../recipe/recipe-from-options.ts";
import { recipeModel } from "../recipe/recipe-model.ts";
import { recipeOptimizer } from "../recipe/recipe-optimizer.ts";
import { recipeSchedule } from "../recipe/recipe-schedule.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";
import { describeRun } from "../run-config.ts";
import { RunFolder } from "../run-folder.ts";
import { runTraining, type TrainingRun } from "../training-run.ts";

interface TrainOptions extends DeviceOptions {
  readonly name?: string;
  readonly out?: string;
}

/** `tessera train <model> --data <archive or folder>`. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a network on CIFAR-10, CIFAR-100 or images of your own")
    .addArgument(modelArgument().argOptional())
    .option("--recipe <name or file>", "what to follow where flags say nothing else; see tessera recipe list")
    .option("--data <path>", dataHelp)
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels (default: fine)").choices(["fine", "coarse"]),
    )
    .option(
      "--validation <set>",
      "share of the training set to hold out, test, or none; a prepared set's own part goes before a share (default: 0.1)",
      validation,
    )
    .option("--epochs <n>", "passes over the training set (default: 10)", positiveInteger)
    .option("--batch-size <n>", "images in a step (default: 32)", positiveInteger)
    .option("--learning-rate <rate>", "the optimizer's step size (default: Adam's 0.001)", positiveNumber)
    .option("--seed <n>", "weights, order, augmentation and dropout are a function of it (default: 0)", seed)
    .option("--name <name>", "name of the run (default: the model and the time)")
    .option("--out <dir>", "folder of the run (default: runs/<name>)")
    .addHelpText("after", examples);
  return withDeviceOptions(command).action(train);
}

const examples = `
Examples:
  tessera train cnn --data data/cifar-100-python.tar.gz
  tessera train --recipe cifar100-one-hour-cpu --data data/cifar-100-python.tar.gz
  tessera train --recipe mine.json --epochs 5 --seed 1
  tessera train cnn --data photos --validation 0.2 --epochs 20
  tessera train elu11-paper --data whitened.safetensors          (what tessera prepare wrote)
  tessera train cnn --data data/cifar-10-batches-py --epochs 5 --device webgpu --out runs/first

The folder of the run gets config.json with the whole recipe, history.jsonl (a line an epoch), events/ for TensorBoard,
best.safetensors (of the epoch with the least validation loss) and last.safetensors, curves and predictions as SVG and
PNG, and test.json: the test set is measured once, at the end, on the best weights if a share of the training set was
held out, else on the last. Of a prepared set it gets preprocessor.safetensors, too, which evaluate and predict apply to
other images. Ctrl-C ends training after the step in progress and keeps what was reached.`;

async function train(model: string | undefined, options: TrainOptions, command: Command): Promise<void> {
  const asked = recipeFromOptions(model, command);
  const path = asked.data.path;
  if (path === undefined) return command.error("error: name the images with --data, or in the recipe's data.path");
  const recipe = { ...asked, data: { ...asked.data, path: resolve(path) } };
  const device = await openChosen(options);
  try {
    const runName = options.name ?? `${recipe.model.name}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`;
    const data = await loadData(path, recipe.data.labels);
    const folder = RunFolder.create(options.out ?? join("runs", runName));
    const sets = split(data, recipe);
    describeRun(folder, recipe, device, data);
    console.log(`${device.description}; ${describeSets(data, sets)}; run in ${folder.path}`);
    const { interrupted } = await runTraining(plan(recipe, folder, data, sets));
    if (!interrupted) console.log(`weights, history and pictures are in ${folder.path}`);
  } finally {
    await device.destroy();
  }
}

function plan(recipe: Recipe, folder: RunFolder, data: LoadedSet, sets: Sets): TrainingRun {
  const { epochs, batchSize, seed, accumulate, labelSmoothing } = recipe;
  const model = recipeModel(recipe, data.classNames.length, data.train.shape.slice(1) as [number, number, number]);
  const optimizer = recipeOptimizer(model, recipe);
  const stepsPerEpoch = Math.ceil(Math.ceil(sets.train.shape[0] / batchSize) / accumulate);
  return {
    ...{ folder, model, optimizer, epochs, seed, accumulate },
    ...{ classNames: data.classNames, test: data.test, validation: sets.validation },
    objective: classification({ labelSmoothing }),
    learningRate: recipeSchedule(recipe, stepsPerEpoch),
    ...(recipe.average && { average: ema(model, optimizer, { decay: recipe.average.decay }) }),
    pixels: new PixelScale(recipe.data),
    train: (epoch, start) => batches(sets.train, { batchSize, shuffle: true, seed, epoch: epoch - 1, start }),
    imagesPerEpoch: sets.train.shape[0],
    chooseBest: typeof recipe.data.validation === "number",
    title: (epoch) => `epoch ${epoch}/${epochs}`,
  };
}

function describeSets({ name, prepared, validation }: LoadedSet, sets: Sets): string {
  const { sharpen, normalize } = prepared?.preprocessing ?? { sharpen: false, normalize: "none" };
  const done = [...(sharpen ? ["sharpened"] : []), ...(normalize === "none" ? [] : [normalize])];
  const own =
    validation && sets.validation === validation ? [`${validation.shape[0]} validation images of its own`] : [];
  return [name, `${sets.train.shape[0]} training images`, ...own, ...done].join(", ");
}

interface Sets {
  readonly train: ImageSet<Pixels>;
  readonly validation: ImageSet<Pixels> | null;
}

/** A prepared set's own validation part goes before a share. */
function split({ train, test, validation: own }: LoadedSet, { data: { validation: held }, seed }: Recipe): Sets {
  if (held === "none") return { train, validation: null };
  if (held === "test") return { train, validation: test };
  if (own) return { train, validation: own };
  const { train: rest, validation } = stratifiedSplit(train, held, seed);
  return { train: rest, validation };
}
