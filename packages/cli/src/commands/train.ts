import { join, resolve } from "node:path";
import { batches, type ImageSet, type Pixels, stratifiedSplit } from "@tessera/data";
import { adam, PixelScale } from "@tessera/nn";
import { Command, Option } from "commander";
import { type DeviceOptions, openChosen, withDeviceOptions } from "../device-options.ts";
import { dataHelp, loadData } from "../load-data.ts";
import type { LoadedSet } from "../load-set.ts";
import { type ModelName, modelArgument, models } from "../models.ts";
import { positiveInteger, positiveNumber, seed, type Validation, validation } from "../options.ts";
import { describeRun } from "../run-config.ts";
import { RunFolder } from "../run-folder.ts";
import { runTraining, type TrainingRun } from "../training-run.ts";

interface TrainOptions extends DeviceOptions {
  readonly data: string;
  readonly labels: "fine" | "coarse";
  readonly validation: Validation;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly name?: string;
  readonly out?: string;
}

/** `tessera train <model> --data <archive or folder>`. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a network on CIFAR-10, CIFAR-100 or images of your own")
    .addArgument(modelArgument())
    .requiredOption("--data <path>", dataHelp)
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels").choices(["fine", "coarse"]).default("fine"),
    )
    .option(
      "--validation <set>",
      "share of the training set to hold out, test, or none; a prepared set's own part goes before a share",
      validation,
      0.1,
    )
    .option("--epochs <n>", "passes over the training set", positiveInteger, 10)
    .option("--batch-size <n>", "images in a step", positiveInteger, 32)
    .option("--learning-rate <rate>", "Adam's step size", positiveNumber, 1e-3)
    .option("--seed <n>", "weights, order and dropout are a function of it", seed, 0)
    .option("--name <name>", "name of the run (default: the model and the time)")
    .option("--out <dir>", "folder of the run (default: runs/<name>)")
    .addHelpText("after", examples);
  return withDeviceOptions(command).action(train);
}

const examples = `
Examples:
  tessera train cnn --data data/cifar-100-python.tar.gz
  tessera train cnn --data photos --validation 0.2 --epochs 20
  tessera train elu11-paper --data whitened.safetensors          (what tessera prepare wrote)
  tessera train cnn --data data/cifar-10-batches-py --epochs 5 --device webgpu --out runs/first

The folder of the run gets config.json, history.jsonl (a line an epoch), events/ for TensorBoard, best.safetensors (of
the epoch with the least validation loss) and last.safetensors, curves and predictions as SVG and PNG, and test.json:
the test set is measured once, at the end, on the best weights if a share of the training set was held out, else on the
last. Of a prepared set it gets preprocessor.safetensors, too, which evaluate and predict apply to other images. Ctrl-C ends training after the step in progress and keeps what was reached.`;

async function train(name: ModelName, options: TrainOptions): Promise<void> {
  const device = await openChosen(options);
  try {
    const runName = options.name ?? `${name}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`;
    const data = await loadData(options.data, options.labels);
    const folder = RunFolder.create(options.out ?? join("runs", runName));
    const sets = split(data, options);
    describeRun(folder, name, { ...options, data: resolve(options.data) }, device, data);
    console.log(`${device.description}; ${describeSets(data, sets)}; run in ${folder.path}`);
    const { interrupted } = await runTraining(plan(name, options, folder, data, sets));
    if (!interrupted) console.log(`weights, history and pictures are in ${folder.path}`);
  } finally {
    await device.destroy();
  }
}

function plan(name: ModelName, options: TrainOptions, folder: RunFolder, data: LoadedSet, sets: Sets): TrainingRun {
  const { epochs, batchSize, seed, learningRate } = options;
  const model = models[name].create({
    classes: data.classNames.length,
    input: data.train.shape.slice(1) as [number, number, number],
    seed,
  });
  return {
    ...{ folder, model, epochs, seed, classNames: data.classNames, test: data.test, validation: sets.validation },
    optimizer: adam(model.parameters(), { learningRate }),
    pixels: new PixelScale(),
    train: (epoch) => batches(sets.train, { batchSize, shuffle: true, seed, epoch: epoch - 1 }),
    imagesPerEpoch: sets.train.shape[0],
    chooseBest: typeof options.validation === "number",
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
function split({ train, test, validation: own }: LoadedSet, { validation: held, seed }: TrainOptions): Sets {
  if (held === "none") return { train, validation: null };
  if (held === "test") return { train, validation: test };
  if (own) return { train, validation: own };
  const { train: rest, validation } = stratifiedSplit(train, held, seed);
  return { train: rest, validation };
}
