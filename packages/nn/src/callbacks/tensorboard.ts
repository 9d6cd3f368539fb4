/** @file Training's curves as TensorBoard event files, laid out as Keras's callback does. */
import { decode } from "@tessera/safetensors";
import { ArgumentError } from "@tessera/tensor";
import { EVENT_FILE_VERSION, encodeEvent, encodeRecord, type SummaryValue } from "@tessera/tfrecord";
import type { EpochResult } from "../callback.ts";
import { histogramOf } from "./histogram.ts";

/** Bytes to append to one event file. */
export interface TensorBoardBytes {
  /** The folder, below the run's own, in which the event file lies: TensorBoard shows each folder as one curve. */
  readonly folder: "train" | "validation";
  readonly bytes: Uint8Array;
}

/** What an epoch's result does not say. */
export interface TensorBoardMoment {
  /** When the epoch ended, in seconds since 1970. */
  readonly wallTime: number;
  /** The optimizer's learning rate at that time. Default: not written. */
  readonly learningRate?: number;
  /** The weights then, as `saveWeights` or a callback's `context.weights` gives them. Default: no histograms. */
  readonly weights?: Uint8Array;
}

/** Turns one epoch's result into bytes: for the folder train, and for validation where there was one. */
export type TensorBoardEvents = (result: EpochResult, moment: TensorBoardMoment) => TensorBoardBytes[];

/** How a run went, not what it learnt: Keras writes no such curves. */
const notCurves: ReadonlySet<string> = new Set([
  ...["epoch", "seconds", "images_per_second", "input_seconds", "device_seconds"],
]);

/**
 * Event files for a run's curves. The first bytes for a folder begin with the record of the file's version, so each
 * call of this function stands for new files, but in the folders that are named as begun.
 *
 * As Keras's callback does, metrics of training go to the folder `train` and those of validation to `validation`,
 * under the same tags (`epoch_loss`, `epoch_accuracy`, …), the learning rate to `train` as `epoch_learning_rate`, and
 * the step is the epoch counted from 0. Values are float32. Weights become histograms in `train`, under their names with
 * a slash for each dot: `conv2d/kernel`.
 *
 * @param begunFolders where the bytes are to go on in files that there are
 *
 * @example
 * const events = tensorBoardEvents();
 * await fit(model, optimizer, {
 *   train,
 *   callbacks: [{ name: "events", onEpochEnd(result) {
 *     const moment = { wallTime: Date.now() / 1000, learningRate: optimizer.learningRate };
 *     for (const { folder, bytes } of events(result, moment)) appendFileSync(join(run, folder, name), bytes);
 *   } }],
 * });
 */
export function tensorBoardEvents(begunFolders: Iterable<string> = []): TensorBoardEvents {
  const begun = new Set(begunFolders);
  return (result, { wallTime, learningRate, weights }) => {
    const { train, validation } = scalarsOf(result, learningRate);
    const files: TensorBoardBytes[] = [];
    for (const [folder, scalars] of [["train", train] as const, ["validation", validation] as const]) {
      const histograms = folder === "train" && weights ? histogramsOf(weights) : [];
      if (scalars.size + histograms.length === 0) continue;
      const curves = [...scalars].map(([name, simpleValue]) => ({ tag: `epoch_${name}`, simpleValue }));
      const summary: SummaryValue[] = [...curves, ...histograms];
      const records = [encodeRecord(encodeEvent({ wallTime, step: result.epoch - 1, summary }))];
      if (!begun.has(folder)) {
        records.unshift(encodeRecord(encodeEvent({ wallTime, step: 0, fileVersion: EVENT_FILE_VERSION })));
      }
      begun.add(folder);
      files.push({ folder, bytes: concatenate(records) });
    }
    return files;
  };
}

function histogramsOf(weights: Uint8Array): SummaryValue[] {
  return [...decode(weights).tensors].flatMap(([name, { data }]) => {
    const histogram = data instanceof Float32Array ? histogramOf(data) : null;
    return histogram ? [{ tag: name.replaceAll(".", "/"), simpleValue: null, histogram }] : [];
  });
}

/** Every measured number by its name, without `val_`. */
function scalarsOf(result: EpochResult, learningRate: number | undefined) {
  const train = new Map<string, number>();
  const validation = new Map<string, number>();
  for (const [name, value] of Object.entries(result)) {
    if (typeof value !== "number" || notCurves.has(name)) continue;
    if (name.startsWith("val_")) validation.set(name.slice("val_".length), value);
    else train.set(name, value);
  }
  if (learningRate !== undefined) train.set("learning_rate", learningRate);
  return { train, validation };
}

/**
 * The name of an event file, as TensorFlow forms it: `events.out.tfevents.<seconds>.<host>`. TensorBoard takes every
 * file whose name holds `tfevents`, in the order of their names.
 *
 * @param wallTime when it is begun, in seconds since 1970; whole seconds count
 * @param host where it is written; what a file's name cannot hold becomes `_`
 */
export function eventFileName(wallTime: number, host: string): string {
  const seconds = Math.floor(wallTime);
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new ArgumentError(`eventFileName: expected wallTime to be seconds since 1970, got ${wallTime}`);
  }
  return `events.out.tfevents.${`${seconds}`.padStart(10, "0")}.${host.replace(/[^\w.-]/g, "_")}`;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
