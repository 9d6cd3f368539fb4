/** @file Training, in the spirit of Keras's `fit`. */
import { ArgumentError, formatShape, ShapeError } from "@tessera/tensor";
import type { BatchTransform } from "./augment/batch-transform.ts";
import { type Batch, PixelScale } from "./batch.ts";
import type { Callback, EpochResult } from "./callback.ts";
import type { DistributedOptions } from "./distributed/communicator.ts";
import { exchangeOf } from "./distributed/rank-exchange.ts";
import type { Batches } from "./evaluate.ts";
import type { FitState } from "./fit-state.ts";
import type { ClassificationMetric } from "./metrics.ts";
import type { Module } from "./module.ts";
import { classification, type Objective } from "./objective.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import type { WeightAverage } from "./optim/weight-average.ts";
import { Training } from "./training.ts";
import { TrainingStep } from "./training-step.ts";

/** Options of {@link fit}. */
export interface FitOptions<Name extends string = ClassificationMetric> {
  /**
   * Batches of an epoch, counted from 1; called once an epoch.
   *
   * @param fromBatch batches to leave out at its beginning: 0, unless training is resumed in the middle of an epoch
   */
  readonly train: (epoch: number, fromBatch: number) => Batches;
  /** Batches to measure after each epoch. Default: none. */
  readonly validation?: (() => Batches) | undefined;
  /** Epochs to train, those before `state` included. Default: 1. */
  readonly epochs?: number;
  /** How pixels become numbers. Default: scaled to 0..1. */
  readonly pixels?: PixelScale;
  /** Stops after the step in progress. The epoch that is cut short gives no result. */
  readonly signal?: AbortSignal;
  /** What training minimises; penalties of weights are added to its loss. Default: `classification()`. */
  readonly objective?: Objective<Name>;
  /** Changes training's batches on the device. Default: they are as they come. */
  readonly transform?: BatchTransform;
  /**
   * Batches whose gradients make one step: the gradient of all their examples' mean loss (penalties of weights count
   * once). Batch normalisation sees each batch for itself. An epoch's last step may have fewer. Default: 1.
   */
  readonly accumulate?: number;
  /** Updated after each step; stands in for the weights in validation and in what `context.weights` gives. */
  readonly average?: WeightAverage;
  /** What happens around the steps, in this order. */
  readonly callbacks?: readonly Callback<Name>[];
  /**
   * The processes that train together. Each is given the same batches, and takes its part of each, or is given those parts
   * with `Batch.part` by what reads no more than it needs: N ranks see of a batch what one would. Gradients and metrics are
   * those of the whole, all ranks hold the same weights after every step, and the same job gives the same bits again. What
   * is drawn for augmentation follows from an example's place in the whole batch; masks of dropout are each rank's own.
   * Callbacks run on every rank: let one of them write. Default: this one alone.
   */
  readonly distributed?: DistributedOptions | undefined;
  /** Where to go on from: what `loadCheckpoint` returned. Default: the beginning. */
  readonly state?: FitState | null;
}

/** What training left. */
export interface FitResult<Name extends string = ClassificationMetric> {
  /** A result for each whole epoch, those before it was resumed included. */
  readonly history: readonly EpochResult<Name>[];
  /** Whether the signal cut it short. */
  readonly interrupted: boolean;
  /** The reason that a callback gave to end it; `null` if none did. */
  readonly stopped: string | null;
}

/**
 * Trains a model: by default an image classifier on softmax cross-entropy, plus the penalties of its weights if layers
 * have regularizers.
 *
 * @param model by default gives logits [N, classes] for images [N, H, W, C]
 * @param optimizer over the model's parameters
 * @throws ArgumentError if an option is out of range, the model does not take the images, a label is none of its classes
 *   (the error names epoch, batch and example), or the state is of other callbacks
 */
export async function fit<Name extends string = ClassificationMetric>(
  model: Module,
  optimizer: Optimizer,
  options: FitOptions<Name>,
): Promise<FitResult<Name>> {
  const { epochs = 1, accumulate = 1, transform } = options;
  if (!Number.isInteger(epochs) || epochs < 1) throw new ArgumentError(`fit: epochs must be at least 1, got ${epochs}`);
  const objective = (options.objective ?? classification()) as Objective<string>;
  const pixels = options.pixels ?? new PixelScale();
  const ranks = exchangeOf(options.distributed);
  const step = new TrainingStep(model, optimizer, { objective, pixels, transform, accumulate, ranks });
  const training = new Training(step, { ...(options as FitOptions<string>), epochs });
  try {
    return (await training.run()) as FitResult<Name>;
  } finally {
    step.dispose();
    if (!options.pixels) pixels.dispose();
  }
}

/** @throws ArgumentError if the model does not take such images */
export function checkImages(model: Module, { shape }: Batch): void {
  try {
    model.outputShape(shape);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const [sentence] = error.message.split("\n");
    throw new ArgumentError(`fit: the model does not take images of ${formatShape(shape.slice(1))}: ${sentence}`, {
      cause: error,
    });
  }
}
