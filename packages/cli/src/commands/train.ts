import { join } from "node:path";
import { Command, Option } from "commander";
import { type DeviceOptions, openChosen, withDeviceOptions } from "../device-options.ts";
import { dataHelp } from "../load-data.ts";
import { allModels, modelArgument } from "../models.ts";
import {
  type CheckpointEvery,
  checkpointEvery,
  positiveInteger,
  positiveNumber,
  seed,
  validation,
} from "../options.ts";
import { type OutcomeOptions, sayOutcome } from "../outcome.ts";
import { beginWithBackbone } from "../pixels/backbone.ts";
import { asRank, type Rank, type RankOptions, withRankOptions } from "../ranks.ts";
import { recipeFromOptions } from "../recipe/recipe-from-options.ts";
import { resumeRun } from "../resume-run.ts";
import { describeRun } from "../run-config.ts";
import { withAbsolutePaths } from "../streamed/absolute-paths.ts";
import { openTrainingData, type TrainingData } from "../training-data.ts";
import { runTraining } from "../training-run.ts";
import { say } from "../voice.ts";

interface TrainOptions extends DeviceOptions, OutcomeOptions, RankOptions {
  readonly epochs: number;
  readonly checkpointEvery: CheckpointEvery;
  readonly resume?: string;
  readonly name?: string;
  readonly out?: string;
}

/** `tessera train <model> --data <archive or folder>`. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a network on CIFAR-10, CIFAR-100 or images of your own: classes, colours or masks")
    .addArgument(modelArgument(Object.keys(allModels)).argOptional())
    .option("--recipe <name or file>", "what to follow where flags say nothing else; see tessera recipe list")
    .option("--data <path>", dataHelp)
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels (default: fine)").choices(["fine", "coarse"]),
    )
    .option(
      "--validation <set>",
      "share of the training set to hold out, test, or none; a prepared set's own part goes before a share (default: 0.1); for shards: a pattern of others",
      validation,
    )
    .option("--test <pattern>", "shards to measure on at the end (default: those of --validation)")
    .option("--mean <file>", "what mean-rgb wrote of the training shards: subtracted from their pixels")
    .option("--label-map <file>", "names of the shards' classes (default: what preprocess wrote beside them)")
    .option(
      "--crop <n>",
      "side of the squares that are cut out of the shards' images (default: the network's)",
      positiveInteger,
    )
    .option("--width <factor>", "factor on the network's numbers of filters and units", positiveNumber)
    .option("--epochs <n>", "passes over the training set (default: 10)", positiveInteger)
    .option("--batch-size <n>", "images in a step, of all ranks (default: 32)", positiveInteger)
    .option("--learning-rate <rate>", "the optimizer's step size (default: Adam's 0.001)", positiveNumber)
    .option("--colours <file>", "centres that colorize-* learn to tell apart (default: k-means of the training images)")
    .option("--backbone <file>", "safetensors that deeplab's backbone begins with, as of deeplab-backbone")
    .option("--seed <n>", "weights, order, augmentation and dropout are a function of it (default: 0)", seed)
    .option("--name <name>", "name of the run (default: the model and the time)")
    .option("--out <dir>", "folder of the run (default: runs/<name>)")
    .option(
      "--checkpoint-every <n>",
      "a checkpoint after each epoch and each n batches, or n seconds as 60s",
      checkpointEvery,
      { everySeconds: 120 },
    )
    .option("--resume <run>", "go on with a run that was stopped; of what decides a run, only --epochs may change")
    .option("--json", "how the run ended as JSON; everything else goes to standard error")
    .addHelpText("after", examples);
  return withRankOptions(withDeviceOptions(command)).action((model: string | undefined, options: TrainOptions) =>
    asRank(options, (rank) => {
      if (options.resume !== undefined) return resumeRun(options.resume, given(command, model), options, rank);
      return train(model, options, command, rank);
    }),
  );
}

/** What was given on the command line, as it would be written there. */
function given(command: Command, name: string | undefined): string[] {
  const options = command.options.filter((each) => command.getOptionValueSource(each.attributeName()) === "cli");
  return [...(name === undefined ? [] : [name]), ...options.map(({ long }) => long ?? "")];
}

const examples = `
Examples:
  tessera train cnn --data data/cifar-100-python.tar.gz
  tessera train --recipe cifar100-one-hour-cpu --data data/cifar-100-python.tar.gz
  tessera train --recipe mine.json --epochs 5 --seed 1
  tessera train cnn --data photos --validation 0.2 --epochs 20
  tessera train elu11-paper --data whitened.safetensors          (what tessera prepare wrote)
  tessera train --recipe cifar10-colorize-unet --data data/cifar-10-batches-bin
  tessera train --recipe flowers17-segment --data flowers        (images/ and labels/, PNG masks)
  tessera train mini-cnn --data data/cifar-10-batches-py --epochs 5 --device webgpu --out runs/gpu
  tessera train alexnet --data 'records/train/train-*' --validation 'records/val/val-*' --mean mean.json --width 0.25
  tessera train --resume runs/first                              (after Ctrl-C, a crash)
  mpiexec -n 4 npx tessera train cnn --data cifar-100.tar.gz     (four ranks share each batch; srun likewise)
  tessera train --resume runs/first --epochs 20                  (longer than was planned)

Shards of TFRecords, and photographs for networks that see more than 32 × 32, are read, decoded and cropped by other
processes while training goes on: crops are at random, and the recipe's augment.flip mirrors. Of several ranks each does so
with its own part of each batch. The progress says for how much of the time the device waited for them.

The folder of the run gets config.json with the whole recipe, history.jsonl (a line an epoch), events/ for TensorBoard,
best.safetensors (of the epoch with the least validation loss) and last.safetensors, curves and predictions as SVG and
PNG, and test.json: the test set is measured once, at the end, on the best weights if a share of the training set was
held out, else on the last. Of a prepared set it gets preprocessor.safetensors, too, which evaluate and predict apply to
other images. Ctrl-C ends training after the step in progress and keeps what was reached. checkpoint.safetensors is what
--resume goes on from: a run that was stopped and resumed, even killed, ends with the same weights and the same history
as one that was not. Training whose numbers become NaN or infinite ends with an error that names the layer, and writes
nan-dump.safetensors, from which nn's replayDump takes that step again.`;

async function train(model: string | undefined, options: TrainOptions, command: Command, rank: Rank): Promise<void> {
  const asked = recipeFromOptions(model, command);
  if (asked.data.path === undefined)
    return command.error("error: name the images with --data, or in the recipe's data.path");
  const device = await openChosen(rank.device);
  let data: TrainingData | undefined;
  try {
    const runName = options.name ?? `${asked.model.name}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`;
    data = await openTrainingData(asked, true);
    await rank.requireSame(device, data);
    const planned = data.plan(rank.distributed?.communicator);
    // An earlier run's folder is emptied only once everything is known to be in order.
    beginWithBackbone(planned.model, data.recipe);
    const folder = rank.create(options.out ?? join("runs", runName));
    const { checkpointEvery } = options;
    describeRun(folder, withAbsolutePaths(data.recipe), device, data.facts, { checkpointEvery, ...data.more });
    say(`${device.description}; ${data.description}; run in ${folder.path}`);
    const outcome = await runTraining({ ...planned, folder, checkpointEvery, distributed: rank.distributed });
    if (rank.leads) sayOutcome(folder, outcome, options);
  } finally {
    await data?.close();
    await device.destroy();
  }
}
