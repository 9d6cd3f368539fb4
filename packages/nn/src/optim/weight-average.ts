/** @file Averages of a model's weights over training steps, to be evaluated in the place of the last ones. */
import {
  Arena,
  ArgumentError,
  copyTensor,
  type Device,
  keep,
  MovingAverageWords,
  movingAverageFromStep,
  Tensor,
} from "@tessera/tensor";
import type { Module } from "../module.ts";
import { allOrNothing } from "./all-or-nothing.ts";
import type { Optimizer } from "./optimizer.ts";

/** A tensor of a model's state: what the model reads, its memory in training, and its average. */
interface Averaged {
  readonly name: string;
  readonly live: Tensor;
  readonly home: Tensor;
  readonly average: Tensor;
  /** Whether it lies in the optimizer's arena. */
  readonly isParameter: boolean;
}

/**
 * An average of a model's weights: of the parameters, in one launch over the optimizer's arena, and of the moving
 * statistics along with them. {@link ema} and {@link swa} make one. Call {@link update} after each step that counts.
 */
export class WeightAverage {
  readonly device: Device;
  /** Updates so far. Setting it resumes the count. */
  updates = 0;
  readonly #entries: readonly Averaged[];
  readonly #optimizer: Optimizer;
  readonly #parameters: Arena;
  readonly #statistics: Arena;
  readonly #words: MovingAverageWords;
  readonly #share: (update: number) => number;
  #swapped = false;

  /**
   * @param model what is averaged; the average begins as it is now
   * @param optimizer over the model's parameters
   * @param share what the present weights count for in the average at an update, counted from 1: 0 … 1
   */
  constructor(model: Module, optimizer: Optimizer, share: (update: number) => number) {
    const state = model.state();
    const known = new Set(state.map(([, value]) => value));
    const indices = new Map(optimizer.parameters.map((parameter, i) => [parameter, i]));
    if (optimizer.parameters.some((parameter) => !known.has(parameter))) {
      throw new ArgumentError("weight average: the optimizer has a parameter that the model does not");
    }
    const statistics = state.filter(([, value]) => !value.requiresGradient);
    const shapesOf = (tensors: readonly Tensor[]) => tensors.map(({ shape }) => shape);
    this.device = optimizer.device;
    this.#optimizer = optimizer;
    this.#share = share;
    const trained = state.filter(([, value]) => indices.has(value));
    [this.#words, this.#parameters, this.#statistics] = allOrNothing((register) => [
      register(new MovingAverageWords(this.device)),
      register(new Arena(this.device, shapesOf(optimizer.parameters), "averaged parameters")),
      register(new Arena(this.device, shapesOf(statistics.map(([, value]) => value)), "averaged statistics")),
    ]);
    const entry = ([name, live]: [string, Tensor], average: Tensor, isParameter: boolean): Averaged => {
      copyTensor(live, average);
      const home = keep(new Tensor(live, live.storage, "weights in training"));
      return { name, live, home, average: keep(average), isParameter };
    };
    this.#entries = [
      ...trained.map((each) => entry(each, this.#parameters.view(indices.get(each[1])!), true)),
      ...statistics.map((each, i) => entry(each, this.#statistics.view(i), false)),
    ];
  }

  /** Whether the model is using the average. */
  get swapped(): boolean {
    return this.#swapped;
  }

  /** Takes the present weights into the average. Enqueues only. Throws {@link ArgumentError} while swapped in. */
  update(): void {
    if (this.#swapped) throw new ArgumentError("weight average: the average is swapped in, and cannot be updated");
    this.updates++;
    this.#words.set(this.#share(this.updates));
    const blocks = this.#optimizer.parameterBlocks;
    this.#parameters.blocks.forEach((block, i) => {
      movingAverageFromStep(block, blocks[i]!, this.#words);
    });
    for (const { average, home, isParameter } of this.#entries) {
      if (!isParameter) movingAverageFromStep(average, home, this.#words);
    }
  }

  /** Has the model use the average. Nothing is copied. The optimizer must not take a step until {@link swapOut}. */
  swapIn(): void {
    for (const { live, average } of this.#entries) live.moveTo(average.storage);
    this.#swapped = true;
  }

  /** Gives the model its own weights back. */
  swapOut(): void {
    for (const { live, home } of this.#entries) live.moveTo(home.storage);
    this.#swapped = false;
  }

  /** Runs `body`, such as an evaluation, with the average in the place of the model's weights. */
  async during<T>(body: () => T | Promise<T>): Promise<T> {
    this.swapIn();
    try {
      return await body();
    } finally {
      this.swapOut();
    }
  }

  /** The averages under the names of the model's state. They are this object's. */
  state(): [name: string, value: Tensor][] {
    return this.#entries.map(({ name, average }) => [name, average]);
  }

  /** Frees the averages. A model that uses them gets its own weights back first. */
  dispose(): void {
    if (this.#swapped) this.swapOut();
    for (const { home, average } of this.#entries) {
      home.dispose();
      average.dispose();
    }
    for (const arena of [this.#parameters, this.#statistics]) arena.dispose();
    this.#words.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Options of {@link ema}. */
export interface EmaOptions {
  /** Share of the old average that an update keeps: 0 … 1, below 1. Default: 0.999. */
  readonly decay?: number;
  /**
   * How the first updates forget where the average began: `"none"`; `"warmUp"` takes min(decay, (1 + t) / (10 + t)) at
   * update t, as TensorFlow's `num_updates`; `"biasCorrection"` divides by 1 − decayᵗ, as Adam's. Default: `"warmUp"`.
   */
  readonly start?: "none" | "warmUp" | "biasCorrection";
}

/**
 * Exponential moving average of weights: a ← decay · a + (1 − decay) · w (Polyak and Juditsky, "Acceleration of stochastic
 * approximation by averaging", 1992, with a forgetting factor).
 *
 * @param optimizer over the model's parameters
 * @throws ArgumentError if the decay is out of range, or the optimizer has a parameter that the model does not
 */
export function ema(model: Module, optimizer: Optimizer, options: EmaOptions = {}): WeightAverage {
  const { decay = 0.999, start = "warmUp" } = options;
  if (!(decay >= 0 && decay < 1)) throw new ArgumentError(`ema: decay must be in [0, 1), got ${decay}`);
  const shares = {
    none: () => 1 - decay,
    warmUp: (t: number) => 1 - Math.min(decay, (1 + t) / (10 + t)),
    // The average of the corrected form moves by this share, so that none but the corrected average has to be kept.
    biasCorrection: (t: number) => (1 - decay) / (1 - decay ** t),
  };
  return new WeightAverage(model, optimizer, shares[start]);
}

/**
 * Stochastic weight averaging: the equal average of the weights at every update (Izmailov et al., "Averaging weights leads
 * to wider optima and better generalization", 2018). Moving statistics are averaged, too; the paper computes them anew in
 * a pass over the training set, which takes a model's forward passes in training mode.
 *
 * @param optimizer over the model's parameters
 * @throws ArgumentError if the optimizer has a parameter that the model does not
 */
export function swa(model: Module, optimizer: Optimizer): WeightAverage {
  return new WeightAverage(model, optimizer, (t) => 1 / t);
}
