/** @file Evaluation and prediction. */
import {
  ArgumentError,
  DeviceError,
  keep,
  noGradient,
  scope,
  stepRing,
  type Tensor,
  TesseraError,
} from "@tessera/tensor";
import { type Batch, PixelScale } from "./batch.ts";
import type { DistributedOptions } from "./distributed/communicator.ts";
import { evaluateShare, wholeBatches } from "./distributed/evaluate-share.ts";
import { exchangeOf, type RankExchange } from "./distributed/rank-exchange.ts";
import { type ClassificationMetric, type Metrics, meansOf, RunningMetrics, type RunningState } from "./metrics.ts";
import type { Module } from "./module.ts";
import { classification, type Objective } from "./objective.ts";
import { RunningTotals } from "./running-totals.ts";
import { forwardBatch, weightOf } from "./training-step.ts";

/** Batches in order: an array, a generator, or whatever else can be looped over. */
export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

/** Options of {@link predict}. */
export interface InferenceOptions {
  /** How pixels become numbers; the same as in training. Default: scaled to 0..1. */
  readonly pixels?: PixelScale;
  /** Ends it between two batches, by throwing the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every batch with the number of examples so far. */
  readonly onBatch?: (examples: number) => void;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions<Name extends string = ClassificationMetric> extends InferenceOptions {
  /** What is measured. Default: `classification()`. */
  readonly objective?: Objective<Name>;
  /** The processes that measure together, each its part of each batch; all get the whole's figures. Default: this one. */
  readonly distributed?: DistributedOptions | undefined;
}

/**
 * Measures a model in inference mode; the modes of its modules are as they were afterwards.
 *
 * @throws ArgumentError if there are no batches, or a label is none of the classes: it names batch and example
 */
export async function evaluate<Name extends string = ClassificationMetric>(
  model: Module,
  batches: Batches,
  options: EvaluateOptions<Name> = {},
): Promise<Metrics<Name>> {
  return evaluateBy(exchangeOf(options.distributed), model, batches, options);
}

/** {@link evaluate} by ranks that are in exchange already, or by this process alone. */
export async function evaluateBy<Name extends string>(
  ranks: RankExchange | undefined,
  model: Module,
  batches: Batches,
  options: EvaluateOptions<Name>,
): Promise<Metrics<Name>> {
  // Totals are of the whole set, so each rank goes through all of it.
  if (ranks && !options.objective?.totals) return evaluateShare(model, batches, { ...options, ranks });
  const { state, count, totals } = await sumsOver(model, wholeBatches(batches, ranks), options);
  if (count === 0) throw new ArgumentError("evaluate: there are no batches");
  return { ...meansOf(state), ...totals } as Metrics<Name>;
}

/** Sums of the metrics over batches in inference mode, the objective's totals, and how many batches there were. */
export async function sumsOver<Name extends string>(
  model: Module,
  batches: Batches,
  options: EvaluateOptions<Name>,
): Promise<{
  readonly state: RunningState;
  readonly count: number;
  readonly totals: Readonly<Record<string, number>>;
}> {
  const objective = (options.objective ?? classification()) as Objective<string>;
  const running = new RunningMetrics();
  const totals = objective.totals && new RunningTotals(objective.totals);
  let count = 0;
  await forEachBatch(model, batches, options, async (batch, pixels) => {
    count++;
    const { readings, counts } = scope(() => {
      const { scalars, outputs, targets } = noGradient(() =>
        naming(`evaluate: batch ${count}`, () => forwardBatch(model, batch, { objective, pixels })),
      );
      const counts = totals && noGradient(() => totals.count(outputs, targets));
      const ring = stepRing(scalars.loss.device);
      const readings = Object.entries<Tensor>(scalars).map(([name, value]) => [name, ring.push(value)] as const);
      return { readings: Object.fromEntries(readings), counts: counts && keep(counts) };
    });
    if (counts) await totals?.add(counts);
    await running.add({ readings, examples: batch.shape[0]!, weight: weightOf(objective, batch) });
  });
  await running.settle();
  return { state: running.state, count, totals: totals?.metrics() ?? {} };
}

/** Logits of every batch, in inference mode: Float32Array of N · classes values each, row by row. */
export async function predict(
  model: Module,
  batches: Iterable<Omit<Batch, "labels">> | AsyncIterable<Omit<Batch, "labels">>,
  options: InferenceOptions = {},
): Promise<Float32Array[]> {
  const results: Float32Array[] = [];
  await forEachBatch(model, batches, options, async ({ images, shape }, pixels) => {
    using logits = scope(() => noGradient(() => model.forward(pixels.apply(images, shape))));
    results.push((await logits.data()) as Float32Array);
  });
  return results;
}

async function forEachBatch<B extends Omit<Batch, "labels">>(
  model: Module,
  batches: Iterable<B> | AsyncIterable<B>,
  options: InferenceOptions,
  body: (batch: B, pixels: PixelScale) => Promise<void>,
): Promise<void> {
  const pixels = options.pixels ?? new PixelScale();
  const restoreModes = keepModes(model);
  let examples = 0;
  model.eval();
  try {
    for await (const batch of batches) {
      options.signal?.throwIfAborted();
      await body(batch, pixels);
      examples += batch.part?.total ?? batch.shape[0]!;
      options.onBatch?.(examples);
    }
  } finally {
    restoreModes();
    if (!options.pixels) pixels.dispose();
  }
}

/** Notes the modes of a model's modules, which need not be the same; the result gives them back. */
export function keepModes(model: Module): () => void {
  const modes = modesOf(model);
  return () => {
    for (const [module, training] of modes) module.training = training;
  };
}

function modesOf(module: Module): [Module, boolean][] {
  return [[module, module.training], ...module.children().flatMap(([, child]) => modesOf(child))];
}

/** Runs `body`; what the engine throws in it is told with the place where it happened before it. */
export function naming<T>(place: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof TesseraError) || error instanceof DeviceError) throw error;
    const [sentence] = error.message.split("\n");
    throw new ArgumentError(`${place}: ${sentence}`, { hints: error.hints, cause: error });
  }
}
