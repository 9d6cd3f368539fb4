/** @file One training, as a program of Tessera's: a network, an optimizer, `fit`, and what to tell meanwhile. */
import { batches, type ImageSet } from "@tessera/data";
import {
  argmaxRows,
  type BatchTransform,
  type Callback,
  type ClassificationMetric,
  ConfusionMatrix,
  cnn,
  compose,
  type EpochResult,
  evaluate,
  fit,
  horizontalFlip,
  type Module,
  miniCnn,
  type Optimizer,
  PredictionRecorder,
  padCrop,
  predict,
  softmaxRows,
} from "@tessera/nn";
import type { Gate } from "./gate.ts";
import type { Images } from "./image-source.ts";
import type { Guesses, Measured, Network, Settings, StepNews } from "./messages.ts";

/** Images in the gallery. */
const galleryCount = 24;

/** Batches of measuring: no gradients are kept, so that they may be larger. */
const measureBatch = 100;

/** Who hears of a training. */
export interface Listener {
  steps(news: StepNews): void;
  epoch(result: EpochResult<ClassificationMetric>, guesses: Guesses): void;
}

/** A network and what trains it. */
export interface Learner {
  readonly model: Module;
  readonly optimizer: Optimizer;
}

/** The network for images of a size. */
export function buildNetwork({ name, width }: Network, classes: number, size: readonly [number, number], seed: number) {
  const options = { classes, input: [...size, 3] as [number, number, number], width, seed };
  return name === "cnn" ? cnn(options) : miniCnn(options);
}

/** Trains to the end, or until the gate is closed for good; true if it went to the end. */
export async function train(
  { model, optimizer }: Learner,
  images: Images,
  settings: Settings,
  gate: Gate,
  listener: Listener,
): Promise<boolean> {
  const { epochs, batchSize, seed, augment } = settings;
  const { interrupted } = await fit(model, optimizer, {
    train: (epoch) => batches(images.train, { batchSize, shuffle: true, seed, epoch: epoch - 1 }),
    validation: () => batches(images.validation, { batchSize: measureBatch }),
    epochs,
    signal: gate.signal,
    ...(augment && { transform: augmentation(seed) }),
    callbacks: [pauses(gate), tells(model, images, settings, gate, listener)],
  });
  return !interrupted;
}

function augmentation(seed: number): BatchTransform {
  return compose(padCrop({ seed, padding: 4 }), horizontalFlip({ seed }));
}

/** Training waits behind a closed gate, between two steps. */
function pauses(gate: Gate): Callback {
  return {
    name: "pause",
    async onBatchEnd(_, context) {
      if (gate.isOpen) return;
      // What is under way arrives first, so that the curves end where training stands.
      await context.settle();
      await gate.opened();
    },
  };
}

/** The curves' points, at most some twenty times a second, and a look at the gallery after each epoch. */
function tells(
  model: Module,
  images: Images,
  settings: Settings,
  gate: Gate,
  listener: Listener,
): Callback<ClassificationMetric> {
  const count = images.train.shape[0];
  const stepsPerEpoch = Math.ceil(count / settings.batchSize);
  const stepsInAll = stepsPerEpoch * settings.epochs;
  let arrived = 0;
  return {
    name: "tell",
    onReadings(readings, context) {
      arrived += readings.length;
      const examples = Math.min(1, arrived / stepsInAll) * count * settings.epochs;
      const imagesPerSecond = examples / gate.openSeconds;
      listener.steps({
        losses: readings.map(({ loss }) => loss!),
        accuracies: readings.map(({ accuracy }) => accuracy!),
        epoch: context.epoch,
        stepsPerEpoch,
        imagesPerSecond,
        secondsLeft: (count * settings.epochs - examples) / imagesPerSecond,
      });
    },
    async onEpochEnd(result) {
      listener.epoch(result, await lookAt(model, gallery(images)));
    },
  };
}

/** The first validation images. */
export function gallery({ validation }: Images): ImageSet {
  const [count, height, width, channels] = validation.shape;
  const shown = Math.min(galleryCount, count);
  return {
    images: validation.images.slice(0, shown * height * width * channels),
    labels: validation.labels.slice(0, shown),
    shape: [shown, height, width, channels],
  };
}

/** What a network takes images for, and how sure it is. */
export async function lookAt(model: Module, images: Pick<ImageSet, "images" | "shape">): Promise<Guesses> {
  const shares = await sharesOf(model, images);
  const classes = shares.length / images.shape[0];
  const best = argmaxRows(shares, classes);
  return { classes: best, probabilities: Float32Array.from(best, (label, row) => shares[row * classes + label]!) };
}

/** A probability for each class, image by image. */
export async function sharesOf(
  model: Module,
  { images, shape }: Pick<ImageSet, "images" | "shape">,
): Promise<Float32Array> {
  const [logits] = await predict(model, [{ images, shape }]);
  return softmaxRows(logits!, logits!.length / shape[0]);
}

/** Measures a network on the whole validation part. */
export async function measure(model: Module, { validation, classNames }: Images): Promise<Measured> {
  const recorder = new PredictionRecorder(model);
  const { loss, accuracy } = await evaluate(recorder, batches(validation, { batchSize: measureBatch }));
  const matrix = new ConfusionMatrix(classNames.length);
  matrix.add(validation.labels, (await recorder.take()).classes);
  return { loss, accuracy, classNames, counts: matrix.counts };
}
