/** @file Training on a set that is read as it is needed. */
import type { StreamedSet } from "@tessera/data/node";
import { InputMeter, type RankCommunicator } from "@tessera/nn";
import type { Recipe } from "../recipe/recipe-schema.ts";
import type { TrainingData } from "../training-data.ts";
import { trainingSettings } from "../training-plan.ts";
import type { PlannedRun } from "../training-run.ts";
import { withMeanFile } from "./mean-settings.ts";
import { openStreamed } from "./streams.ts";

interface StreamedParts {
  readonly train: StreamedSet;
  readonly validation: StreamedSet | null;
  readonly test: StreamedSet;
}

/**
 * Opens the sets that a recipe's data names, as they are to be trained on.
 *
 * @param begins whether a run begins, which reads its mean file; one that goes on has the figures in its recipe
 */
export async function openStreamedData(recipe: Recipe, begins: boolean): Promise<TrainingData> {
  const opened: StreamedSet[] = [];
  const close = async () => {
    for (const set of opened) await set.close();
  };
  const open = async (path: string) => {
    const set = await openStreamed(recipe, path);
    opened.push(set);
    return set;
  };
  try {
    const parts = await openParts(recipe, open);
    const complete = begins ? await withMeanFile(recipe, parts.train) : recipe;
    return {
      ...{ ...describe(parts), recipe: complete, close },
      digest: () => parts.train.shards?.sha256 ?? "class folders are not hashed",
      plan: (share) => plan(complete, parts, share),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts(
  { data: { path, validation: watched, test: own } }: Recipe,
  open: (path: string) => Promise<StreamedSet>,
): Promise<StreamedParts> {
  const pattern = typeof watched === "string" && watched !== "test" && watched !== "none" ? watched : undefined;
  const measured = own ?? pattern;
  if (measured === undefined) {
    const hint = "hint: name them with --validation, as 'records/val/val-*', or with --test";
    throw new Error(`${path}: it is read as it is needed, and nothing says what to measure on\n  ${hint}`);
  }
  const train = await open(path!);
  const test = await open(measured);
  const apart = pattern === undefined || pattern === measured ? undefined : await open(pattern);
  const validation = apart ?? (pattern !== undefined || watched === "test" ? test : null);
  for (const set of [test, apart]) if (set) checkClasses(train, set);
  return { train, validation, test };
}

function checkClasses(train: StreamedSet, other: StreamedSet): void {
  const [expected, found] = [train, other].map(({ classNames }) => classNames);
  const at = expected!.findIndex((name, i) => name !== found![i]);
  if (at < 0 && expected!.length === found!.length) return;
  const which =
    at < 0 ? `${expected!.length} and ${found!.length}` : `class ${at} is ${expected![at]} and ${found![at] ?? "none"}`;
  throw new Error(`${other.name}: its classes are not those of ${train.name}: ${which}`);
}

function describe({ train, validation, test }: StreamedParts): Pick<TrainingData, "facts" | "more" | "description"> {
  const shapeOf = ({ count, shape }: StreamedSet) => ({ shape: [count, ...shape] as const });
  const facts = {
    ...{ name: train.name, classNames: train.classNames, train: shapeOf(train), test: shapeOf(test) },
    ...(validation && { validation: shapeOf(validation) }),
  };
  const held = validation ? [`${validation.count} validation images`] : [];
  const [height, width] = train.shape;
  const seen = `crops of ${height} × ${width}`;
  return {
    facts,
    more: { ...(train.shards && { shards: train.shards }) },
    description: [train.name, `${train.count} training images`, ...held, seen].join(", "),
  };
}

function plan(
  recipe: Recipe,
  { train, validation, test }: StreamedParts,
  share: RankCommunicator | undefined,
): PlannedRun {
  const { batchSize, seed, augment } = recipe;
  // Crops and mirror images are made where images are decoded.
  const onDevice = { ...recipe, augment: { ...augment, flip: 0 } };
  const settings = trainingSettings(onDevice, train.classNames.length, train.shape, train.count);
  const meter = new InputMeter(settings.optimizer.device);
  const varied = { batchSize, shuffle: true, seed, crop: "random", flip: augment.flip, share } as const;
  return {
    ...settings,
    ...{ classNames: train.classNames, validation, test },
    train: (epoch: number, start: number) => meter.watch(train.batches({ ...varied, epoch: epoch - 1, start })),
    // What is measured in the end must not have chosen the weights.
    chooseBest: validation !== null && validation !== test,
    input: meter,
  };
}
