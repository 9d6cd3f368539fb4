import { basename, extname } from "node:path";
import { NORMALIZATIONS, type Normalization, type ProcessedSet, prepareSet } from "@tessera/data";
import {
  describeSource,
  isProcessed,
  PROCESSED_FORMATS,
  type ProcessedFormat,
  writeProcessed,
} from "@tessera/data/node";
import { Command, InvalidArgumentError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { LateBar } from "../late-bar.ts";
import { loadSource } from "../load-set.ts";
import { positiveInteger, seed } from "../options.ts";
import { PhaseBars } from "../phase-bars.ts";
import { say } from "../voice.ts";

interface PrepareCommandOptions {
  readonly out: string;
  readonly format?: ProcessedFormat;
  readonly labels: "fine" | "coarse";
  readonly size?: number;
  readonly classes?: readonly string[];
  readonly validation?: number;
  readonly shuffle?: boolean;
  readonly seed: number;
  readonly sharpen?: boolean;
  readonly normalize: Normalization;
  readonly epsilon?: number;
  readonly bias?: number;
  readonly json?: boolean;
}

/** `tessera prepare <data> --out <file>`: a set as training is to see it. */
export function prepareCommand(): Command {
  return new Command("prepare")
    .description("make a set ready for training: chosen, shuffled, sharpened, normalised, in one file")
    .argument(
      "<data>",
      "CIFAR (the .tar.gz, or the folder it was extracted to), parquet, .npz, or a folder of images for each class",
    )
    .requiredOption("--out <file>", "what to write; its ending names the format: .safetensors, .npz, .pickle or .pkl")
    .addOption(new Option("--format <name>", "whatever the ending says").choices(PROCESSED_FORMATS))
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels").choices(["fine", "coarse"]).default("fine"),
    )
    .option("--size <n>", "height and width to which the images of a folder are resized", positiveInteger)
    .option("--classes <names>", "only these, separated by commas, numbered anew in this order", names)
    .option("--validation <share>", "share of the training images to hold out, the same of each class", share)
    .option("--shuffle", "put the training images and labels in a random order")
    .option("--seed <n>", "order, and what is held out, are functions of it", seed, 0)
    .option("--sharpen", "unsharp masking, byte for byte OpenCV's")
    .addOption(new Option("--normalize <how>", "see below").choices(NORMALIZATIONS).default("none"))
    .option("--epsilon <x>", "added to eigenvalues by ZCA (default: 0.1 for gcn-zca, 1e-6 for keras)", notNegative)
    .option("--bias <x>", "added to the variance by gcn (default: 10)", notNegative)
    .option("--json", "what was written as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(prepare);
}

const examples = `
Normalisations, fitted on the training images alone and kept in the file for whatever a model is to see later:
  none      bytes stay bytes (default)
  center    x / 255 less the image's mean
  gcn       global contrast normalisation: (x - mean) / sqrt(bias + variance) of each image
  gcn-zca   gcn, then ZCA whitening: what the ELU paper trained on
  keras     ImageDataGenerator(samplewise_center, zca_whitening) of x / 255, as Keras 2.1 computes it
gcn-zca and keras take a few minutes and about 1.5 GB of memory on CIFAR.

Examples:
  tessera prepare data/cifar-100-python.tar.gz --out cifar-100.safetensors --shuffle --seed 1
  tessera prepare data/cifar-100-python.tar.gz --out CIFAR_100_processed.pickle --shuffle --sharpen
  tessera prepare data/cifar-100-python.tar.gz --out whitened.safetensors --normalize gcn-zca --validation 0.1
  tessera prepare photos --size 32 --out photos.safetensors
  tessera prepare data/cifar-10-batches-py --out animals.safetensors --classes horse,deer`;

function names(text: string): string[] {
  const list = text.split(",").map((name) => name.trim());
  if (list.includes("")) throw new InvalidArgumentError("expected names separated by commas");
  return list;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError("expected a share between 0 and 1");
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError("expected a number of at least 0");
  }
  return value;
}

const endings: Readonly<Record<string, ProcessedFormat>> = {
  ".safetensors": "safetensors",
  ".npz": "npz",
  ".pickle": "pickle",
  ".pkl": "pickle",
};

async function prepare(path: string, options: PrepareCommandOptions, command: Command): Promise<void> {
  const format = options.format ?? endings[extname(options.out).toLowerCase()];
  if (!format) {
    command.error(`error: option '--out ${options.out}': its ending names no format; choose one with --format`);
  }
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.on("SIGINT", onInterrupt);
  const bars = new PhaseBars();
  try {
    const set = await makeSet(path, options, { say, bars, signal: stop.signal });
    const files = await writeProcessed(options.out, set, { format, signal: stop.signal });
    say("Done");
    if (options.json) console.log(JSON.stringify({ files, format, ...facts(set) }, null, 2));
    else console.log(`${summary(set)}\n${files.join("\n")}`);
  } catch (error) {
    bars.stop();
    if (!stop.signal.aborted) throw error;
    say("stopped; nothing was written");
    process.exitCode = 130;
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}

interface Talk {
  readonly say: (line: string) => void;
  readonly bars: PhaseBars;
  readonly signal: AbortSignal;
}

async function makeSet(path: string, options: PrepareCommandOptions, { say, bars, signal }: Talk) {
  if (await isProcessed(path)) {
    throw new Error(
      `${path}: a prepared set already\n  hint: name the source it was made from; tessera inspect says which`,
    );
  }
  say("Loading Data..");
  const raw = await loadSource(path, { ...options, signal });
  const hashing = new LateBar("hashing", (rate) => `${(rate / 1e6).toFixed(0)} MB/s`);
  const source = await describeSource(path, { onProgress: hashing.report, signal }).finally(() => hashing.stop());
  if (options.shuffle) say("Shuffling Data..");
  const versions = { [packageJson.name]: packageJson.version, node: process.versions.node };
  const set = await prepareSet(raw, { ...options, source, versions, signal, onProgress: bars.report });
  bars.stop();
  return set;
}

function facts({ train, validation, test, metadata }: ProcessedSet) {
  const shapes = { train: train.shape, ...(validation && { validation: validation.shape }), test: test.shape };
  return { shapes, ...metadata };
}

function summary(set: ProcessedSet): string {
  const { train, validation, test, metadata } = set;
  const { sharpen, normalize } = metadata.preprocessing;
  const kind = train.images instanceof Float32Array ? "float32" : "uint8";
  const counts = [
    `${train.shape[0]} training`,
    ...(validation ? [`${validation.shape[0]} validation`] : []),
    `${test.shape[0]} test`,
  ];
  const applied = [
    metadata.shuffleSeed === null ? "in the source's order" : `shuffled by seed ${metadata.shuffleSeed}`,
    ...(sharpen ? ["sharpened"] : []),
    ...(normalize === "none" ? [] : [normalize]),
  ];
  const shape = train.shape.slice(1).join(" × ");
  const from = metadata.source.map(({ name }) => basename(name)).join(", ");
  return `${counts.join(", ")} images of ${shape} ${kind}, ${applied.join(", ")}; from ${from}`;
}
