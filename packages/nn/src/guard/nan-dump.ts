/** @file A training step in a file: to be taken again, anywhere. */
import { decode, encode, type Tensor as StoredTensor } from "@tessera/safetensors";
import { ArgumentError } from "@tessera/tensor";
import { PixelScale } from "../batch.ts";
import { keepModes } from "../evaluate.ts";
import type { Module } from "../module.ts";
import { classification, type Objective } from "../objective.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { weightOf } from "../training-step.ts";
import { loadCheckpoint, saveCheckpoint } from "../weights.ts";
import { type LayerRates, layerRates, setLayerRates } from "./layer-rates.ts";
import type { NonFinite, StepPlace } from "./non-finite.ts";
import { type FedBatch, watchedStep } from "./watched-step.ts";

/** What a dump says besides model and optimizer. */
interface StepRecord extends StepPlace {
  readonly seed: number | null;
  /** Batches of a step, where gradients are accumulated. */
  readonly accumulate: number;
  /** What each batch's means count for. */
  readonly weights: readonly number[];
  /** Of dropout layers. */
  readonly rates: LayerRates;
}

/** What a step was taken on, and where. */
export interface StepToDump extends StepPlace {
  readonly seed: number | null;
  readonly accumulate: number;
  readonly fed: readonly FedBatch[];
}

/**
 * The step that is about to be taken, as a safetensors file: a checkpoint of model and optimizer, and the step's batches
 * as `batch.0.images` and `batch.0.labels`. The rest is JSON in the header, under `step`.
 */
export async function encodeDump(model: Module, optimizer: Optimizer, step: StepToDump): Promise<Uint8Array> {
  const { fed, ...place } = step;
  const record: StepRecord = { ...place, weights: fed.map(({ weight }) => weight), rates: layerRates(model) };
  const { tensors, metadata } = decode(await saveCheckpoint(model, optimizer));
  const batches = fed.flatMap(({ images, labels, shape, labelShape }, i): [string, StoredTensor][] => {
    const dtype = labels instanceof Int32Array ? "I32" : "F32";
    return [
      [`batch.${i}.images`, { dtype: "F32", shape, data: images } as StoredTensor],
      [`batch.${i}.labels`, { dtype, shape: labelShape, data: labels } as StoredTensor],
    ];
  });
  return encode(new Map([...tensors, ...batches]), { ...Object.fromEntries(metadata), step: JSON.stringify(record) });
}

/** Options of {@link replayDump}. */
export interface ReplayOptions {
  /** What training minimised. Default: `classification()`. */
  readonly objective?: Objective<string>;
}

/** What a replayed step came to. */
export interface Replay extends StepPlace {
  readonly seed: number | null;
  /** The first thing that was not finite; `null` if nothing was, as when a cause has been mended. */
  readonly found: NonFinite | null;
}

/**
 * Takes the step of a dump again that `nanGuard` wrote, and says what goes non-finite first. The model and the optimizer
 * are then as they are after the step.
 *
 * @param model of the same make and seed, so that dropout draws the same masks
 * @param optimizer of the same make, over the model's parameters
 * @throws ArgumentError if the file is no such dump, or of another model or optimizer
 */
export async function replayDump(
  model: Module,
  optimizer: Optimizer,
  dump: Uint8Array,
  options: ReplayOptions = {},
): Promise<Replay> {
  const { tensors, metadata } = decode(dump);
  const { epoch, batch, iteration, seed, accumulate, weights, rates } = recordOf(metadata);
  const fed = weights.map((weight, i) => batchOf(tensors, i, weight));
  const rest = new Map([...tensors].filter(([name]) => !name.startsWith("batch.")));
  loadCheckpoint(model, optimizer, encode(rest, Object.fromEntries(metadata)));
  setLayerRates(model, rates);
  const objective = options.objective ?? (classification() as Objective<string>);
  const weighted: Objective<string> = {
    measure: (outputs, targets, weight) => objective.measure(outputs, targets, weight),
    weight: (each) => (each as FedBatch).weight ?? weightOf(objective, each),
  };
  const restoreModes = keepModes(model);
  using pixels = new PixelScale({ device: optimizer.device });
  try {
    const { found } = await watchedStep(model.train(), optimizer, fed, { objective: weighted, pixels, accumulate });
    return { epoch, batch, iteration, seed, found };
  } finally {
    restoreModes();
  }
}

function recordOf(metadata: ReadonlyMap<string, string>): StepRecord {
  const text = metadata.get("step");
  if (text === undefined)
    throw new ArgumentError("replayDump: the file is no dump of nanGuard: its header has no step");
  try {
    const record = JSON.parse(text) as StepRecord;
    if (record.weights.length > 0 && record.accumulate > 0 && record.rates) return record;
  } catch {
    // The same sentence is true of what is no JSON at all.
  }
  throw new ArgumentError(`replayDump: step must be JSON with weights, accumulate and rates, got ${text.slice(0, 60)}`);
}

function batchOf(tensors: ReadonlyMap<string, StoredTensor>, i: number, weight: number): FedBatch {
  const [images, labels] = ["images", "labels"].map((name) => tensors.get(`batch.${i}.${name}`));
  const known = labels?.data instanceof Int32Array || labels?.data instanceof Float32Array;
  if (!(images?.data instanceof Float32Array) || !known) {
    throw new ArgumentError(`replayDump: expected batch.${i}.images as F32, and batch.${i}.labels as I32 or F32`);
  }
  const data = labels.data as Int32Array | Float32Array;
  return { images: images.data, shape: images.shape, labels: data, labelShape: labels.shape, weight };
}
