import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Cifar, type ImageSet, permutation, selectRows } from "@tessera/data";
import { loadCifar } from "@tessera/data/node";
import { Command, InvalidArgumentError, Option } from "commander";
import { positiveInteger, seed } from "../options.ts";

interface InspectOptions {
  readonly labels: "fine" | "coarse";
  readonly count: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** `tessera inspect <data>`: what a data set holds, in figures and as a picture. */
export function inspectCommand(): Command {
  return new Command("inspect")
    .description("show what a data set holds: counts, classes, and a picture of labelled samples")
    .argument("<data>", "CIFAR-10 or CIFAR-100, for Python or binary: the .tar.gz, or the folder it was extracted to")
    .addOption(
      new Option("--labels <level>", "which of CIFAR-100's labels").choices(["fine", "coarse"]).default("fine"),
    )
    .option("--count <n>", "training images in the picture, at most 1000", sampleCount, 16)
    .option("--seed <n>", "which images is a function of it", seed, 0)
    .option("--out <file>", "the picture, .png or .svg (default: <name>-samples.png)", pictureFile)
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(inspect);
}

const examples = `
Examples:
  tessera inspect data/cifar-100-python.tar.gz
  tessera inspect data/cifar-100-python --labels coarse --count 100 --out samples.svg
  tessera inspect data/cifar-10-batches-py --json`;

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

async function inspect(path: string, { labels, count, seed, out, json }: InspectOptions): Promise<void> {
  const data = await loadCifar(path, { labels });
  const picture = out ?? `${data.name}-samples.png`;
  const rows = permutation(data.train.shape[0], { seed }).subarray(0, count);
  await writeSamples(selectRows(data.train, rows), data.classNames, picture);
  const facts = describe(data);
  if (json) console.log(JSON.stringify({ ...facts, picture }, null, 2));
  else console.log(`${factsText(facts)}\n\n${rows.length} random training images with their labels: ${picture}`);
}

/** Pixels of the picture to a pixel of an image. */
const SCALE = 4;

/** A grid as near to a square as it gets. */
async function writeSamples({ images, labels, shape }: ImageSet, names: readonly string[], path: string) {
  // Loaded here, so that no other command waits for codecs and fonts.
  const [{ imageGridSvg }, { toPng }] = await Promise.all([
    import("../pictures/image-grid.ts"),
    import("../pictures/png.ts"),
  ]);
  const [count, height, width, channels] = shape;
  const size = height * width * channels;
  const samples = Array.from(labels, (label, i) => ({
    pixels: images.subarray(i * size, (i + 1) * size),
    height,
    width,
    title: names[label]!,
  }));
  const svg = imageGridSvg(samples, { columns: Math.ceil(Math.sqrt(count)), scale: SCALE });
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, /\.svg$/i.test(path) ? svg : toPng(svg));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${path}: the picture cannot be written: ${reason}\n  hint: name another one with --out`, {
      cause,
    });
  }
}

/** A class, and how many images of it there are. */
interface ClassFacts {
  readonly label: number;
  readonly name: string;
  readonly train: number;
  readonly test: number;
}

/** A superclass, and the classes in it. */
interface SuperclassFacts {
  readonly name: string;
  readonly classes: readonly string[];
}

/** What `--json` prints, but for the picture. */
interface Facts {
  readonly name: string;
  /** [N, H, W, C] of each set. */
  readonly shapes: { readonly train: readonly number[]; readonly test: readonly number[] };
  readonly classes: readonly ClassFacts[];
  /** Where the labels are CIFAR-100's fine ones. */
  readonly superclasses?: readonly SuperclassFacts[];
}

function describe({ name, train, test, classNames, superclassNames, superclassOf }: Cifar): Facts {
  const counts = { train: countLabels(train, classNames.length), test: countLabels(test, classNames.length) };
  const classes = classNames.map((className, label) => ({
    label,
    name: className,
    train: counts.train[label]!,
    test: counts.test[label]!,
  }));
  const facts = { name, shapes: { train: train.shape, test: test.shape }, classes };
  // As coarse labels, the superclasses are the classes.
  if (!superclassNames || !superclassOf || !train.coarseLabels) return facts;
  const superclasses = superclassNames.map((superclass, above) => ({
    name: superclass,
    classes: classNames.filter((_, label) => superclassOf[label] === above),
  }));
  return { ...facts, superclasses };
}

function countLabels({ labels }: ImageSet, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]!++;
  return counts;
}

function factsText({ name, shapes, classes, superclasses }: Facts): string {
  const [count, ...size] = shapes.train;
  const lines = [
    `${name}: ${count} training and ${shapes.test[0]} test images of ${size.join(" × ")} bytes`,
    `${classes.length} classes with ${spread(classes, "train")} training and ${spread(classes, "test")} test images each`,
    "",
    "label, class, training images:",
    ...table(classes),
  ];
  if (!superclasses) return lines.join("\n");
  const groups = superclasses.map((group) => `  ${group.name}: ${group.classes.join(", ") || "no images"}`);
  return [...lines, "", `${superclasses.length} superclasses:`, ...groups].join("\n");
}

/** `500`, or `480 (otter) to 510 (wolf)`. */
function spread(classes: readonly ClassFacts[], set: "train" | "test"): string {
  const sorted = classes.toSorted((a, b) => a[set] - b[set]);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return least[set] === most[set] ? `${most[set]}` : `${least[set]} (${least.name}) to ${most[set]} (${most.name})`;
}

/** Characters in a line of a terminal that is not wide. */
const LINE = 80;

/** The classes in columns, top to bottom and left to right. */
function table(classes: readonly ClassFacts[]): string[] {
  const widest = (key: keyof ClassFacts) => Math.max(...classes.map((each) => `${each[key]}`.length));
  const cells = classes.map(({ label, name, train }) =>
    [`${label}`.padStart(widest("label")), name.padEnd(widest("name")), `${train}`.padStart(widest("train"))].join(" "),
  );
  const columns = Math.max(1, Math.floor(LINE / (cells[0]!.length + 3)));
  const rows = Math.ceil(cells.length / columns);
  return Array.from({ length: rows }, (_, row) => `  ${cells.filter((_, i) => i % rows === row).join("   ")}`);
}
