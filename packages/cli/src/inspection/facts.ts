/** @file What a data set holds, in figures. */
import { channelStatistics, findDuplicates, type ImageSet, type Pixels, type ProcessedMetadata } from "@tessera/data";
import type { LoadedSet } from "../load-set.ts";

/** A class, and how many images of it there are. */
export interface ClassFacts {
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

/** Mean and standard deviation a channel, in the units of the pixels. */
interface ChannelFacts {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** What `--json` prints, but for the picture. */
export interface Facts {
  readonly name: string;
  /** [N, H, W, C] of each set. */
  readonly shapes: {
    readonly train: readonly number[];
    readonly validation?: readonly number[];
    readonly test: readonly number[];
  };
  readonly pixels: "uint8" | "float32";
  readonly statistics: { readonly train: ChannelFacts; readonly test: ChannelFacts };
  /** Images with the same pixels: within the sets, and test images that are training images. */
  readonly duplicates: ReturnType<typeof findDuplicates>;
  readonly classes: readonly ClassFacts[];
  /** Where the labels are CIFAR-100's fine ones. */
  readonly superclasses?: readonly SuperclassFacts[];
  readonly prepared?: ProcessedMetadata;
}

export function describeSet(set: LoadedSet): Facts {
  const { name, train, test, validation, classNames, superclassNames, superclassOf, prepared } = set;
  const counts = { train: countLabels(train, classNames.length), test: countLabels(test, classNames.length) };
  const classes = classNames.map((className, label) => ({
    label,
    name: className,
    train: counts.train[label]!,
    test: counts.test[label]!,
  }));
  const facts: Facts = {
    name,
    shapes: { train: train.shape, ...(validation && { validation: validation.shape }), test: test.shape },
    pixels: train.images instanceof Float32Array ? "float32" : "uint8",
    statistics: { train: channelStatistics(train), test: channelStatistics(test) },
    duplicates: findDuplicates(train, test),
    classes,
    ...(prepared && { prepared }),
  };
  // As coarse labels, the superclasses are the classes.
  if (!superclassNames || !superclassOf || !train.coarseLabels) return facts;
  const superclasses = superclassNames.map((superclass, above) => ({
    name: superclass,
    classes: classNames.filter((_, label) => superclassOf[label] === above),
  }));
  return { ...facts, superclasses };
}

function countLabels({ labels }: ImageSet<Pixels>, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]!++;
  return counts;
}

export function factsText(facts: Facts): string {
  const { name, shapes, classes, superclasses, prepared } = facts;
  const [count, ...size] = shapes.train;
  const held = shapes.validation ? `, ${shapes.validation[0]} validation` : "";
  const kind = facts.pixels === "uint8" ? "bytes" : "floats";
  const lines = [
    `${name}: ${count} training${held} and ${shapes.test[0]} test images of ${size.join(" × ")} ${kind}`,
    ...(prepared ? [preparedText(prepared)] : []),
    `${classes.length} classes with ${spread(classes, "train")} training and ${spread(classes, "test")} test images each`,
    ...statisticsText(facts),
    duplicatesText(facts),
    "",
    "label, class, training images:",
    ...table(classes),
  ];
  if (!superclasses) return lines.join("\n");
  const groups = superclasses.map((group) => `  ${group.name}: ${group.classes.join(", ") || "no images"}`);
  return [...lines, "", `${superclasses.length} superclasses:`, ...groups].join("\n");
}

function preparedText({ preprocessing, shuffleSeed, source }: ProcessedMetadata): string {
  const applied = [
    shuffleSeed === null ? "in the source's order" : `shuffled by seed ${shuffleSeed}`,
    preprocessing.sharpen ? "sharpened" : "not sharpened",
    `normalised: ${preprocessing.normalize}`,
  ];
  const from = source.map(({ name }) => name).join(", ") || "an unknown source";
  return `prepared from ${from}; ${applied.join(", ")}`;
}

function statisticsText({ statistics, pixels }: Facts): string[] {
  return (["train", "test"] as const).map((part) => {
    const { mean, deviation } = statistics[part];
    const show = (values: readonly number[]) => {
      const plain = values.map((value) => value.toFixed(pixels === "uint8" ? 3 : 4)).join(" ");
      return pixels === "uint8"
        ? `${plain} (of 1: ${values.map((value) => (value / 255).toFixed(4)).join(" ")})`
        : plain;
    };
    const which = part === "train" ? "training" : "test";
    return `${which} set, each channel: mean ${show(mean)}, standard deviation ${show(deviation)}`;
  });
}

function duplicatesText({ duplicates: { train, test, shared } }: Facts): string {
  return `exact duplicates: ${train} in the training set, ${test} in the test set, ${shared} test images from the training set`;
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
