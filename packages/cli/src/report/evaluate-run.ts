/** @file A run measured for its report: every test image once, with the worst mistakes and a sample of images. */
import { existsSync } from "node:fs";
import { batches, type ImageSet, type Pixels, permutation, selectRows } from "@tessera/data";
import { describeSource } from "@tessera/data/node";
import { argmaxRows, predict, softmaxRows, superclassProbabilities } from "@tessera/nn";
import { asTrained } from "../as-trained.ts";
import { type EvaluationReport, evaluationReport, superclassesIn } from "../evaluation-report.ts";
import { LateBar } from "../late-bar.ts";
import { loadData } from "../load-data.ts";
import type { LoadedSet } from "../load-set.ts";
import { plainPng } from "../pictures/image-grid.ts";
import { visible } from "../pictures/visible-pixels.ts";
import { progressBar } from "../progress.ts";
import { type SavedRun, type SavedRunOptions, withSavedRun } from "../saved-run.ts";
import { isStreamed } from "../streamed/streams.ts";
import { readRun } from "./run-facts.ts";

/** An image of the test set, and what the run says of it. */
export interface Judged {
  /** Its place in the set. */
  readonly index: number;
  /** A PNG. */
  readonly png: Uint8Array;
  readonly label: number;
  readonly prediction: number;
  /** Probability of the prediction. */
  readonly confidence: number;
}

/** What only the run's set and weights can tell. */
export interface Evaluation {
  readonly weights: string;
  readonly report: EvaluationReport;
  /** Superclass of each class and their names, where the set has them. */
  readonly superclasses?: { readonly of: ArrayLike<number>; readonly names: readonly string[] };
  /** Wrong predictions, the surest first. */
  readonly mistakes: readonly Judged[];
  /** Images drawn at random, a function of the run's seed. */
  readonly samples: readonly Judged[];
  /** Whether pictures show normalised pixels. */
  readonly normalised: boolean;
  readonly data: DataFacts;
}

/** What the set's files say. */
export interface DataFacts {
  readonly source: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  readonly shape: readonly number[];
  /** Images of each part: the whole, and the classes with fewest and most. */
  readonly parts: readonly {
    readonly name: string;
    readonly images: number;
    readonly fewest: number;
    readonly most: number;
  }[];
}

/** Images in a step, where no gradients take memory. */
const batchSize = 100;
const mostMistakes = 24;
const mostSamples = 20;

/**
 * Measures a run on its test set.
 *
 * @throws Error naming what is missing: the set's files, or weights
 */
export async function evaluateRun(path: string, options: SavedRunOptions): Promise<Evaluation> {
  const { recipe } = readRun(path);
  if (!recipe) throw new Error(`${path}: this version cannot follow its recipe`);
  if ("task" in recipe) throw new Error(`${path}: classes of pixels are measured by tessera evaluate alone`);
  const source = recipe.data.path;
  if (source === undefined) throw new Error(`${path}: its recipe has no data`);
  if (isStreamed(recipe, source)) throw new Error(`${path}: shards are measured by tessera evaluate alone`);
  if (!existsSync(source)) throw new Error(`${source}: the run's data set is not there any more`);
  let result: Evaluation | null = null;
  await withSavedRun(path, options, async (saved) => {
    const { labels } = saved.config.recipe.data;
    const data = await loadData(source, labels);
    const set = await asTrained(data, "test", saved.preprocessor, source);
    const superclasses = superclassesIn(data, labels);
    const predictions = await judge(saved, set, superclasses);
    result = {
      weights: saved.weights,
      report: evaluationReport(set.labels, predictions, data, superclasses),
      ...(superclasses && { superclasses: { of: superclasses, names: data.superclassNames ?? [] } }),
      ...chooseImages(set, predictions, saved.config.recipe.seed),
      normalised: set.images instanceof Float32Array,
      data: await dataFacts(source, data),
    };
  });
  return result!;
}

interface Judgement {
  readonly classes: Int32Array;
  readonly confidences: Float32Array;
  readonly superclasses?: Int32Array;
}

async function judge(
  { model, pixels, config }: SavedRun,
  set: ImageSet<Pixels>,
  of: ArrayLike<number> | undefined,
): Promise<Judgement> {
  const [count] = set.shape;
  const [classes, confidences, superclasses] = [new Int32Array(count), new Float32Array(count), new Int32Array(count)];
  const bar = progressBar("test set", count);
  const start = performance.now();
  let done = 0;
  try {
    for await (const batch of batches(set, { batchSize })) {
      const [logits] = await predict(model, [batch], { pixels });
      const probabilities = softmaxRows(logits!, config.classNames.length);
      const found = argmaxRows(probabilities, config.classNames.length);
      classes.set(found, done);
      found.forEach((label, row) => {
        confidences[done + row] = probabilities[row * config.classNames.length + label]!;
      });
      if (of) superclasses.set(bestSuperclass(probabilities, of), done);
      done += found.length;
      bar.update(done, `${((done * 1000) / (performance.now() - start)).toFixed(0)} images/s`);
    }
  } finally {
    bar.stop();
  }
  return { classes, confidences, ...(of && { superclasses }) };
}

function bestSuperclass(probabilities: Float32Array, of: ArrayLike<number>): Int32Array {
  return argmaxRows(superclassProbabilities(probabilities, of), Math.max(...Array.from(of)) + 1);
}

function chooseImages(set: ImageSet<Pixels>, { classes, confidences }: Judgement, seed: number) {
  const rows = Array.from(set.labels.keys());
  const wrong = rows.filter((row) => classes[row] !== set.labels[row]);
  const worst = wrong.sort((a, b) => confidences[b]! - confidences[a]!).slice(0, mostMistakes);
  const random = [...permutation(set.shape[0], { seed }).subarray(0, mostSamples)];
  const [, height, width, channels] = set.shape;
  const size = height * width * channels;
  const judged = (chosen: readonly number[]): Judged[] => {
    if (chosen.length === 0) return [];
    const { images } = visible(selectRows(set, chosen));
    return chosen.map((index, i) => ({
      ...{ index, label: set.labels[index]!, prediction: classes[index]!, confidence: confidences[index]! },
      png: plainPng({ pixels: images.subarray(i * size, (i + 1) * size), height, width }),
    }));
  };
  return { mistakes: judged(worst), samples: judged(random) };
}

async function dataFacts(source: string, data: LoadedSet): Promise<DataFacts> {
  const bar = new LateBar("hashing the set's files", (rate) => `${(rate / 1e6).toFixed(0)} MB/s`);
  try {
    const files = await describeSource(source, { onProgress: bar.report });
    const parts = [
      { name: "training", set: data.train },
      ...(data.validation ? [{ name: "validation", set: data.validation }] : []),
      { name: data.heldOut ? "test (held out)" : "test", set: data.test },
    ];
    return {
      ...{ source, files, shape: data.train.shape.slice(1) },
      parts: parts.map(({ name, set }) => ({ name, images: set.shape[0], ...countsOf(set.labels, data.classNames) })),
    };
  } finally {
    bar.stop();
  }
}

function countsOf(labels: Int32Array, classNames: readonly string[]): { fewest: number; most: number } {
  const counts = new Float64Array(classNames.length);
  for (const label of labels) counts[label]!++;
  return { fewest: Math.min(...counts), most: Math.max(...counts) };
}
