/** @file Which learning rate to begin with: a short sweep that leaves nothing changed. */
import { ArgumentError } from "@tessera/tensor";
import { PixelScale } from "./batch.ts";
import { checkCount } from "./callbacks/watch.ts";
import { type Batches, naming } from "./evaluate.ts";
import type { ClassificationMetric } from "./metrics.ts";
import type { Module } from "./module.ts";
import { classification, type Objective } from "./objective.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import { TrainingStep } from "./training-step.ts";
import { loadCheckpoint, saveCheckpoint } from "./weights.ts";

/** Options of {@link findLearningRate}. */
export interface LearningRateFinderOptions<Name extends string = ClassificationMetric> {
  /** Where the sweep begins. Default: 1e-7. */
  readonly from?: number;
  /** Where it ends. Default: 10. */
  readonly to?: number;
  /** Steps, at most; also the number of batches that are read. Default: 100. */
  readonly steps?: number;
  /** Default: scaled to 0..1. */
  readonly pixels?: PixelScale;
  /** Default: `classification()`. */
  readonly objective?: Objective<Name>;
}

/** A step of the sweep. */
export interface LearningRatePoint {
  readonly learningRate: number;
  readonly loss: number;
  /** Exponential moving average of the losses, decay 0.9, bias corrected. */
  readonly smoothed: number;
}

/** What the sweep found. */
export interface LearningRateSuggestion {
  readonly curve: readonly LearningRatePoint[];
  /** `null` if the smoothed loss never fell. */
  readonly suggestion: number | null;
  /** How the suggestion was chosen, as a person would say it. */
  readonly rule: string;
}

const rule =
  "the rate at which the smoothed loss falls most steeply over the logarithm of the rate, before its minimum";

/**
 * Trains for some steps while the learning rate grows exponentially, until the smoothed loss is four times its minimum or
 * not finite (Smith, "Cyclical learning rates for training neural networks", 2017; stopped and smoothed as fastai does).
 * Weights, statistics, optimizer and learning rate are as before afterwards.
 *
 * @param batches in training's order; fewer than `steps` end the sweep early
 * @throws ArgumentError if the range is not rising or there are fewer than 2 steps or batches
 */
export async function findLearningRate<Name extends string = ClassificationMetric>(
  model: Module,
  optimizer: Optimizer,
  batches: Batches,
  options: LearningRateFinderOptions<Name> = {},
): Promise<LearningRateSuggestion> {
  const { from = 1e-7, to = 10, steps = 100 } = options;
  checkCount("findLearningRate: steps", steps, 2);
  if (!(from > 0 && to > from && Number.isFinite(to))) {
    throw new ArgumentError(`findLearningRate: expected 0 < from < to, got ${from} and ${to}`);
  }
  const objective = (options.objective ?? classification()) as Objective<string>;
  const pixels = options.pixels ?? new PixelScale();
  const before = await saveCheckpoint(model, optimizer);
  const training = model.training;
  try {
    const step = new TrainingStep(model.train(), optimizer, { objective, pixels, accumulate: 1 });
    const curve = await sweep(step, batches, (i) => from * (to / from) ** (i / (steps - 1)), steps);
    if (curve.length < 2) throw new ArgumentError(`findLearningRate: expected at least 2 batches, got ${curve.length}`);
    return { curve, suggestion: steepest(curve), rule };
  } finally {
    loadCheckpoint(model, optimizer, before);
    model.train(training);
    if (!options.pixels) pixels.dispose();
  }
}

async function sweep(
  step: TrainingStep<string>,
  batches: Batches,
  rateAt: (i: number) => number,
  steps: number,
): Promise<LearningRatePoint[]> {
  const curve: LearningRatePoint[] = [];
  let average = 0;
  let least = Number.POSITIVE_INFINITY;
  for await (const batch of batches) {
    const learningRate = rateAt(curve.length);
    step.optimizer.learningRate = learningRate;
    const { readings } = naming(`findLearningRate: batch ${curve.length + 1}`, () => step.run(batch));
    const loss = await readings.loss!.value();
    average = 0.9 * average + 0.1 * loss;
    const smoothed = average / (1 - 0.9 ** (curve.length + 1));
    curve.push({ learningRate, loss, smoothed });
    least = Math.min(least, smoothed);
    if (curve.length === steps || !(smoothed <= 4 * least)) break;
  }
  return curve;
}

function steepest(curve: readonly LearningRatePoint[]): number | null {
  const finite = curve.filter(({ smoothed }) => Number.isFinite(smoothed));
  const least = Math.min(...finite.map(({ smoothed }) => smoothed));
  const end = finite.findIndex(({ smoothed }) => smoothed === least);
  let [slope, found]: [number, number | null] = [0, null];
  for (let i = 1; i <= end; i++) {
    const [a, b] = [finite[i - 1]!, finite[i]!];
    const each = (b.smoothed - a.smoothed) / Math.log(b.learningRate / a.learningRate);
    if (each < slope) [slope, found] = [each, b.learningRate];
  }
  return found;
}
