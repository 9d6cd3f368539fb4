import type { Grey } from "@tessera/data";
import { Command, InvalidArgumentError, Option } from "commander";
import { describeSet, factsText } from "../inspection/facts.ts";
import { type SampleOptions, writeSamples } from "../inspection/samples.ts";
import { loadSet } from "../load-set.ts";
import { positiveInteger, seed } from "../options.ts";

interface InspectOptions {
  readonly labels: "fine" | "coarse";
  readonly grid: SampleOptions["grid"];
  readonly count: number;
  readonly size?: number;
  readonly seed: number;
  readonly class?: string;
  readonly grey?: Grey;
  readonly plain?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `tessera inspect <data>`: what a data set holds, in figures and as a picture. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description("show what a data set holds: counts, classes, statistics, duplicates, a picture of labelled samples")
    .argument(
      "<data>",
      "CIFAR (the .tar.gz, or the folder it was extracted to), parquet, .npz, a folder of images; or what prepare wrote",
    )
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels").choices(["fine", "coarse"]).default("fine"),
    )
    .option("--size <n>", "height and width to which the images of a folder are resized", positiveInteger)
    .addOption(
      new Option("--grid <which>", "random training images, the first, or the first raw beside sharpened")
        .choices(["random", "first", "sharpen"])
        .default("random"),
    )
    .option("--class <name>", "only images of this class in the picture")
    .addOption(new Option("--grey <how>", "in grey: luminance, or the red channel alone").choices(["luminance", "red"]))
    .option("--count <n>", "training images in the picture, at most 1000", sampleCount, 16)
    .option("--plain", "one image alone, pixel for pixel, without a title: with --count 1 and a .png")
    .option("--seed <n>", "which images are random is a function of it", seed, 0)
    .option("--out <file>", "the picture, .png or .svg (default: <name>-samples.png)", pictureFile)
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(inspect);
}

const examples = `
Examples:
  tessera inspect data/cifar-100-python.tar.gz
  tessera inspect data/cifar-100-python --labels coarse --count 100 --out samples.svg
  tessera inspect data/cifar-100-python.tar.gz --grid first                  the first sixteen, 4 by 4
  tessera inspect data/cifar-100-python.tar.gz --count 3 --seed 7            three at random
  tessera inspect data/cifar-100-python.tar.gz --grid sharpen --count 8      raw beside sharpened
  tessera inspect data/cifar-10-batches-py --class horse --count 9 --grey luminance
  tessera inspect data/flowers17 --size 64                                   photographs of several sizes
  tessera inspect data/cifar-10-batches-py --class horse --count 1 --grey red --plain --out horse.png
  tessera inspect cifar-100.safetensors --json`;

/** More would make a picture that few programs open. */
function sampleCount(text: string): number {
  const count = positiveInteger(text);
  if (count > 1000) throw new InvalidArgumentError("expected a whole number from 1 to 1000");
  return count;
}

function pictureFile(path: string): string {
  if (!/\.(png|svg)$/i.test(path)) throw new InvalidArgumentError("expected a file name that ends in .png or .svg");
  return path;
}

const titles: Record<SampleOptions["grid"], string> = {
  random: "random training images",
  first: "first training images",
  sharpen: "first training images, raw beside sharpened,",
};

async function inspect(path: string, options: InspectOptions, command: Command): Promise<void> {
  if (options.plain && (options.count !== 1 || options.grid === "sharpen" || /\.svg$/i.test(options.out ?? ""))) {
    command.error("error: option '--plain' takes --count 1, a .png, and no --grid sharpen");
  }
  const set = await loadSet(path, options);
  const picture = options.out ?? `${set.name}-samples.png`;
  const drawn = await writeSamples(set, options, picture);
  const facts = describeSet(set);
  if (options.json) console.log(JSON.stringify({ ...facts, picture }, null, 2));
  else if (options.plain) console.log(`${factsText(facts)}\n\none training image, pixel for pixel: ${picture}`);
  else console.log(`${factsText(facts)}\n\n${drawn} ${titles[options.grid]} with their labels: ${picture}`);
}
