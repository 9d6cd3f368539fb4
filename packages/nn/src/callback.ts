/** @file What happens around training's steps. */
import type { Tensor as StoredTensor } from "@tessera/safetensors";
import type { Batch } from "./batch.ts";
import type { Metrics } from "./metrics.ts";
import type { Module } from "./module.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import type { TrainingStep } from "./training-step.ts";

/** What is known while an epoch runs. */
export interface Progress<Name extends string = string> {
  /** Counted from 1. */
  readonly epoch: number;
  /** Batches whose work was enqueued in this epoch, those before it was resumed included. */
  readonly batches: number;
  /** Examples whose results have arrived in this epoch. */
  readonly examples: number;
  /** Means over those examples. How many have arrived depends on the machine: nothing that is trained may. */
  readonly means: Metrics<Name>;
  /** Examples per second, of those whose results have arrived. */
  readonly imagesPerSecond: number;
}

/** A line of the history: Keras's keys, and the epoch's time. */
export type EpochResult<Name extends string = string> = Metrics<Name> & {
  /** Counted from 1. */
  readonly epoch: number;
  /** Seconds of training, validation not counted. */
  readonly seconds: number;
  /** Training examples per second. */
  readonly images_per_second: number;
  /** Of `seconds`, those in which the main thread waited for the next batch. */
  readonly input_seconds?: number;
  /** Of `seconds`, those in which it waited for results of the device. What is left is JavaScript. */
  readonly device_seconds?: number;
} & { readonly [Key in `val_${"loss" | Name}`]?: number };

/** What callbacks see of training, and what they may do to it. */
export interface TrainingContext {
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** Epoch in progress, or that has just ended, counted from 1. */
  readonly epoch: number;
  /** Epochs to train. */
  readonly epochs: number;
  /** Batches of the epoch that were enqueued. */
  readonly batch: number;
  /** Steps that the optimizer has taken. */
  readonly iteration: number;
  /** What runs a batch. */
  readonly step: TrainingStep<string>;
  /** Why training is about to end; `null` while it goes on. */
  readonly ending: string | null;
  /** Ends training after the step in progress, or after the epoch where one has ended. The first reason counts. */
  stop(reason: string): void;
  /** Waits for every batch so far: what has not arrived yet goes to {@link Callback.onReadings} first. */
  settle(): Promise<void>;
  /** The weights as safetensors: of their average, where there is one. */
  weights(metadata?: Readonly<Record<string, string>>): Promise<Uint8Array>;
  /** All that training needs to go on from here, as safetensors. Only in {@link Callback.onSafePoint}. */
  save(metadata?: Readonly<Record<string, string>>): Promise<Uint8Array>;
}

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A value, or a promise of it. */
type Awaitable<T> = T | Promise<T>;

/**
 * Hooks around training's steps. Those of several callbacks are called in the order of the list; promises are awaited.
 * An object with a name and the hooks that it needs is a callback.
 */
export interface Callback<Name extends string = string> {
  /** Names it in errors and in checkpoints. */
  readonly name: string;
  /** Before the first step. `context` says where training begins, which is somewhere else when it is resumed. */
  onTrainBegin?(context: TrainingContext): Awaitable<void>;
  /** Before an epoch's first batch; not where an epoch is resumed. */
  onEpochBegin?(context: TrainingContext): Awaitable<void>;
  /** Before a batch is enqueued; `context.batch` counts those before it. */
  onBatchBegin?(batch: Batch, context: TrainingContext): Awaitable<void>;
  /** After a batch was enqueued: most of its work is still to be done. */
  onBatchEnd?(progress: Progress<Name>, context: TrainingContext): Awaitable<void>;
  /** When the scalars of batches have arrived, oldest first; together with all that were enqueued. */
  onReadings?(batches: readonly Readonly<Record<string, number>>[], context: TrainingContext): Awaitable<void>;
  /** After an epoch and its validation. */
  onEpochEnd?(result: EpochResult<Name>, context: TrainingContext): Awaitable<void>;
  /**
   * Where training can be resumed: after a step of the optimizer and after an epoch, once every callback is done with
   * it; and before training ends early.
   */
  onSafePoint?(context: TrainingContext): Awaitable<void>;
  /** After the last step; also after an error or a stop. */
  onTrainEnd?(context: TrainingContext): Awaitable<void>;
  /** What it keeps from step to step, for checkpoints: of JSON's kinds. */
  state?(): Json;
  /** Tensors that belong to its state, by name. */
  tensors?(): ReadonlyMap<string, StoredTensor>;
  /** Takes over what {@link state} and {@link tensors} gave. */
  restore?(state: Json, tensors: ReadonlyMap<string, StoredTensor>): Awaitable<void>;
}
