/** @file Training, evaluation and prediction, in the spirit of Keras's `fit`. */
import { ArgumentError, add, crossEntropy, noGradient, scope, stepRing, type Tensor, tensor } from "@tessera/tensor";
import { type Batch, PixelScale } from "./batch.ts";
import { type Metrics, RunningMetrics, topKAccuracy } from "./metrics.ts";
import type { Module } from "./module.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import { step } from "./step.ts";

/** Batches in order: an array, a generator, or whatever else can be looped over. */
export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

/** What is known while an epoch runs. */
export interface Progress {
  /** Counted from 1. */
  readonly epoch: number;
  /** Batches whose work was enqueued in this epoch. */
  readonly batches: number;
  /** Examples whose results have arrived in this epoch. */
  readonly examples: number;
  /** Means over those examples. */
  readonly means: Metrics;
  /** Examples per second since the epoch began, of those whose results have arrived. */
  readonly imagesPerSecond: number;
}

/** A line of the history: Keras's keys, and the epoch's time. */
export interface EpochResult extends Metrics {
  /** Counted from 1. */
  readonly epoch: number;
  /** Seconds of training, validation not counted. */
  readonly seconds: number;
  /** Training examples per second. */
  readonly images_per_second: number;
  readonly val_loss?: number;
  readonly val_accuracy?: number;
  readonly val_top5_accuracy?: number;
}

/** Options of {@link fit}. */
export interface FitOptions {
  /** Batches of an epoch, counted from 1; called once an epoch. */
  readonly train: (epoch: number) => Batches;
  /** Batches to measure after each epoch. Default: none. */
  readonly validation?: () => Batches;
  /** Epochs to train. Default: 1. */
  readonly epochs?: number;
  /** How pixels become numbers. Default: scaled to 0..1. */
  readonly pixels?: PixelScale;
  /** Called after every batch. */
  readonly onBatch?: (progress: Progress) => void;
  /** Called after every epoch; awaited. */
  readonly onEpoch?: (result: EpochResult) => void | Promise<void>;
  /** Stops after the step in progress. The epoch that is cut short gives no result. */
  readonly signal?: AbortSignal;
}

/** What training left. */
export interface FitResult {
  /** A result for each whole epoch. */
  readonly history: readonly EpochResult[];
  /** Whether the signal cut it short. */
  readonly interrupted: boolean;
}

/**
 * Trains a model on softmax cross-entropy, plus the penalties of its weights if layers have regularizers.
 *
 * @param model gives logits [N, classes] for images [N, H, W, C]
 * @param optimizer over the model's parameters
 */
export async function fit(model: Module, optimizer: Optimizer, options: FitOptions): Promise<FitResult> {
  const { train, validation, epochs = 1, onEpoch } = options;
  if (!Number.isInteger(epochs) || epochs < 1) throw new ArgumentError(`fit: epochs must be at least 1, got ${epochs}`);
  const pixels = options.pixels ?? new PixelScale();
  const history: EpochResult[] = [];
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const trained = await trainEpoch(model, optimizer, epoch, train(epoch), pixels, options);
      if (!trained) return { history, interrupted: true };
      const validated = validation ? await validate(model, validation(), pixels, options) : {};
      if (!validated) return { history, interrupted: true };
      const result = { epoch, ...trained, ...validated };
      history.push(result);
      await onEpoch?.(result);
    }
  } finally {
    if (!options.pixels) pixels.dispose();
  }
  return { history, interrupted: false };
}

/** Metrics of the validation set under Keras's names; `null` if it was cut short. */
async function validate(model: Module, batches: Batches, pixels: PixelScale, { signal }: FitOptions) {
  try {
    const { loss, accuracy, top5_accuracy } = await evaluate(model, batches, { pixels, ...(signal && { signal }) });
    return { val_loss: loss, val_accuracy: accuracy, val_top5_accuracy: top5_accuracy };
  } catch (error) {
    if (signal?.aborted) return null;
    throw error;
  }
}

type Trained = Metrics & Pick<EpochResult, "seconds" | "images_per_second">;

/** One pass over the batches; `null` if it was cut short. */
async function trainEpoch(
  model: Module,
  optimizer: Optimizer,
  epoch: number,
  batches: Batches,
  pixels: PixelScale,
  { onBatch, signal }: FitOptions,
): Promise<Trained | null> {
  const running = new RunningMetrics();
  const start = performance.now();
  const secondsSoFar = () => (performance.now() - start) / 1000;
  let count = 0;
  model.train();
  for await (const batch of batches) {
    if (signal?.aborted) return null;
    const readings = step(optimizer, () => measure(model, batch, pixels));
    await running.add(readings, batch.labels.length);
    count++;
    const { means, examples } = running;
    onBatch?.({ epoch, batches: count, examples, means, imagesPerSecond: examples / secondsSoFar() });
  }
  await running.settle();
  if (count === 0) throw new ArgumentError(`fit: epoch ${epoch} has no batches`);
  const seconds = secondsSoFar();
  return { ...running.means, seconds, images_per_second: running.examples / seconds };
}

/** Options of {@link evaluate} and {@link predict}. */
export interface InferenceOptions {
  /** How pixels become numbers; the same as in training. Default: scaled to 0..1. */
  readonly pixels?: PixelScale;
  /** Ends it between two batches, by throwing the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every batch with the number of examples so far. */
  readonly onBatch?: (examples: number) => void;
}

/**
 * Measures a model in inference mode; the modes of its modules are as they were afterwards.
 *
 * @throws ArgumentError if there are no batches
 */
export async function evaluate(model: Module, batches: Batches, options: InferenceOptions = {}): Promise<Metrics> {
  const running = new RunningMetrics();
  await forEachBatch(model, batches, options, async (batch, pixels) => {
    const readings = scope(() => {
      const { loss, accuracy, top5 } = noGradient(() => measure(model, batch, pixels));
      const ring = stepRing(loss.device);
      return { loss: ring.push(loss), accuracy: ring.push(accuracy), top5: ring.push(top5) };
    });
    await running.add(readings, batch.labels.length);
  });
  await running.settle();
  if (running.examples === 0) throw new ArgumentError("evaluate: there are no batches");
  return running.means;
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
  const modes = modesOf(model);
  let examples = 0;
  model.eval();
  try {
    for await (const batch of batches) {
      options.signal?.throwIfAborted();
      await body(batch, pixels);
      examples += batch.shape[0]!;
      options.onBatch?.(examples);
    }
  } finally {
    for (const [module, training] of modes) module.training = training;
    if (!options.pixels) pixels.dispose();
  }
}

/** The mode of a module and of all inside it, which need not be the same. */
function modesOf(module: Module): [Module, boolean][] {
  return [[module, module.training], ...module.children().flatMap(([, child]) => modesOf(child))];
}

/** Forward pass, loss and metrics of one batch. */
function measure(model: Module, { images, labels, shape }: Batch, pixels: PixelScale): Measured {
  const logits = model.forward(pixels.apply(images, shape));
  const targets = tensor(labels);
  const [loss, penalty] = [crossEntropy(logits, targets), model.penalty()];
  return {
    loss: penalty ? add(loss, penalty) : loss,
    accuracy: noGradient(() => topKAccuracy(logits, targets, 1)),
    top5: noGradient(() => topKAccuracy(logits, targets, 5)),
  };
}

interface Measured {
  readonly loss: Tensor;
  readonly accuracy: Tensor;
  readonly top5: Tensor;
}
