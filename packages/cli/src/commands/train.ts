import { join } from "node:path";
import { batches, type Cifar, type ImageSet, stratifiedSplit } from "@tessera/data";
import { loadCifar } from "@tessera/data/node";
import {
  adam,
  type EpochResult,
  evaluate,
  fit,
  type Optimizer,
  PixelScale,
  type Sequential,
  saveWeights,
} from "@tessera/nn";
import { type Device, type DeviceChoice, openDevice } from "@tessera/tensor";
import { Command, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { type ModelName, modelArgument, models } from "../models.ts";
import { positiveInteger, positiveNumber, seed, type Validation, validation } from "../options.ts";
import { formatSeconds, progressBar } from "../progress.ts";
import { RunFolder } from "../run-folder.ts";

interface TrainOptions {
  readonly data: string;
  readonly labels: "fine" | "coarse";
  readonly validation: Validation;
  readonly device: DeviceChoice;
  readonly threads?: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly name?: string;
  readonly out?: string;
}

/** `tessera train <model> --data <archive or folder>`. */
export function trainCommand(): Command {
  return new Command("train")
    .description("train a network on CIFAR-10 or CIFAR-100")
    .addArgument(modelArgument())
    .requiredOption("--data <path>", "the .tar.gz for Python, or the folder it was extracted to")
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels").choices(["fine", "coarse"]).default("fine"),
    )
    .option("--validation <set>", "share of the training set to hold out, test, or none", validation, 0.1)
    .addOption(new Option("--device <device>", "where to compute").choices(["auto", "cpu", "webgpu"]).default("auto"))
    .option("--threads <n>", "worker threads of the cpu device (default: one per core)", positiveInteger)
    .option("--epochs <n>", "passes over the training set", positiveInteger, 10)
    .option("--batch-size <n>", "images in a step", positiveInteger, 32)
    .option("--learning-rate <rate>", "Adam's step size", positiveNumber, 1e-3)
    .option("--seed <n>", "weights, order and dropout are a function of it", seed, 0)
    .option("--name <name>", "name of the run (default: the model and the time)")
    .option("--out <dir>", "folder of the run (default: runs/<name>)")
    .addHelpText("after", examples)
    .action(train);
}

const examples = `
Examples:
  tessera train cnn --data data/cifar-100-python.tar.gz
  tessera train cnn --data data/cifar-10-batches-py --epochs 5 --device webgpu --out runs/first

The folder of the run gets config.json, history.jsonl (a line an epoch), weights.safetensors, and test.json: the test
set is measured once, at the end. Ctrl-C ends training after the step in progress and keeps what was reached.`;

/** What a run is made of. */
interface Run {
  readonly model: Sequential;
  readonly optimizer: Optimizer;
  readonly pixels: PixelScale;
  readonly folder: RunFolder;
  readonly options: TrainOptions;
}

async function train(name: ModelName, options: TrainOptions): Promise<void> {
  const device = await openDevice(options.device, options.threads ? { threads: options.threads } : {});
  try {
    const runName = options.name ?? `${name}-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`;
    const folder = new RunFolder(options.out ?? join("runs", runName));
    const data = await loadCifar(options.data, { labels: options.labels });
    const sets = split(data, options);
    const model = models[name]({ classes: classNames(data, options).length, seed: options.seed });
    const optimizer = adam(model.parameters(), { learningRate: options.learningRate });
    folder.writeJson("config.json", describe(name, options, device, data, sets));
    console.log(`${device.description}; ${data.name}, ${sets.train.shape[0]} training images; run in ${folder.path}`);
    await runTraining({ model, optimizer, pixels: new PixelScale(), folder, options }, sets, data.test);
  } finally {
    await device.destroy();
  }
}

interface Sets {
  readonly train: ImageSet;
  readonly validation: ImageSet | null;
}

function split({ train, test }: Cifar, { validation: held, seed }: TrainOptions): Sets {
  if (held === "none") return { train, validation: null };
  if (held === "test") return { train, validation: test };
  const { train: rest, validation } = stratifiedSplit(train, held, seed);
  return { train: rest, validation };
}

function classNames(data: Cifar, { labels }: TrainOptions): readonly string[] {
  return labels === "coarse" && data.superclassNames ? data.superclassNames : data.classNames;
}

async function runTraining(run: Run, sets: Sets, test: ImageSet): Promise<void> {
  const { model, pixels, folder, options } = run;
  const { epochs, batchSize, seed } = options;
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once("SIGINT", onInterrupt);
  const total = sets.train.shape[0];
  let bar = progressBar(`epoch 1/${epochs}`, total);
  const { interrupted } = await fit(model, run.optimizer, {
    epochs,
    pixels,
    signal: stop.signal,
    train: (epoch) => batches(sets.train, { batchSize, shuffle: true, seed, epoch: epoch - 1 }),
    ...(sets.validation && { validation: () => batches(sets.validation!, { batchSize: evaluationBatch }) }),
    onBatch: ({ examples, means, imagesPerSecond }) => {
      const accuracy = (100 * means.accuracy).toFixed(1);
      bar.update(
        examples,
        `loss ${means.loss.toFixed(3)}, accuracy ${accuracy} %, ${imagesPerSecond.toFixed(0)} images/s`,
      );
    },
    onEpoch: async (result) => {
      bar.stop();
      folder.appendHistory(result);
      folder.write("weights.safetensors", await saveWeights(model));
      console.log(epochLine(result, epochs));
      if (result.epoch < epochs) bar = progressBar(`epoch ${result.epoch + 1}/${epochs}`, total);
    },
  });
  process.removeListener("SIGINT", onInterrupt);
  bar.stop();
  if (interrupted) {
    folder.write("weights.safetensors", await saveWeights(model));
    console.log(`stopped; the weights reached are in ${join(folder.path, "weights.safetensors")}`);
    process.exitCode = 130;
    return;
  }
  const result = await evaluate(model, batches(test, { batchSize: evaluationBatch }), { pixels });
  folder.writeJson("test.json", result);
  console.log(`test set: ${metricsText(result)}; weights in ${join(folder.path, "weights.safetensors")}`);
}

/** Images in a step of evaluation, where no gradients take memory. */
const evaluationBatch = 100;

function epochLine(result: EpochResult, epochs: number): string {
  const { epoch, seconds, images_per_second, val_loss, val_accuracy, val_top5_accuracy } = result;
  const time = `${formatSeconds(seconds)}, ${images_per_second.toFixed(0)} images/s`;
  const line = `epoch ${epoch}/${epochs}: ${metricsText(result)} (${time})`;
  if (val_loss === undefined || val_accuracy === undefined || val_top5_accuracy === undefined) return line;
  return `${line}; validation: ${metricsText({ loss: val_loss, accuracy: val_accuracy, top5_accuracy: val_top5_accuracy })}`;
}

function metricsText({
  loss,
  accuracy,
  top5_accuracy,
}: Pick<EpochResult, "loss" | "accuracy" | "top5_accuracy">): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return `loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}, top-5 ${percent(top5_accuracy)}`;
}

function describe(model: ModelName, options: TrainOptions, device: Device, data: Cifar, sets: Sets): object {
  return {
    model,
    ...options,
    dataset: data.name,
    classNames: classNames(data, options),
    images: { train: sets.train.shape[0], validation: sets.validation?.shape[0] ?? 0, test: data.test.shape[0] },
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    device: { kind: device.kind, description: device.description },
    versions: { tessera: packageJson.version, node: process.versions.node },
    started: new Date().toISOString(),
  };
}
