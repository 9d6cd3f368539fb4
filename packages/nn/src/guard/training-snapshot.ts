/** @file A copy, on the device, of all that a training step changes. */
import { Arena, copyTensor, keep, type Tensor } from "@tessera/tensor";
import type { Module } from "../module.ts";
import type { GroupState, Optimizer } from "../optim/optimizer.ts";
import { type LayerRates, layerRates, setLayerRates } from "./layer-rates.ts";

/** What steps depend on besides weights and slots, which callbacks may change between them. */
export interface StepSettings {
  readonly learningRate: number;
  readonly groups: readonly GroupState[];
  readonly rates: LayerRates;
}

/** The settings of the next step. */
export function stepSettings(model: Module, optimizer: Optimizer): StepSettings {
  return { learningRate: optimizer.learningRate, groups: optimizer.groupState, rates: layerRates(model) };
}

/** Gives the next step settings of an earlier one. */
export function setStepSettings(model: Module, optimizer: Optimizer, settings: StepSettings): void {
  optimizer.learningRate = settings.learningRate;
  optimizer.groupState = settings.groups;
  setLayerRates(model, settings.rates);
}

/** Weights, statistics and the optimizer's slots, beside those that are in use. */
export class TrainingSnapshot {
  readonly #optimizer: Optimizer;
  readonly #arena: Arena;
  readonly #pairs: readonly { readonly live: Tensor; readonly copy: Tensor }[];
  #iterations = 0;

  /** @throws DeviceError when the memory is used up; nothing is kept of it then */
  constructor(model: Module, optimizer: Optimizer) {
    const live = [...trained(model, optimizer), ...optimizer.slotBlocks];
    this.#optimizer = optimizer;
    this.#arena = new Arena(
      optimizer.device,
      live.map(({ shape }) => shape),
      "training snapshot",
    );
    this.#pairs = live.map((each, i) => ({ live: each, copy: keep(this.#arena.view(i)) }));
  }

  /** Takes over how things are now. Enqueues only. */
  take(): void {
    for (const { live, copy } of this.#pairs) copyTensor(live, copy);
    this.#iterations = this.#optimizer.iterations;
  }

  /** Has things as they were when they were taken. Enqueues only. */
  restore(): void {
    for (const { live, copy } of this.#pairs) copyTensor(copy, live);
    this.#optimizer.iterations = this.#iterations;
  }

  dispose(): void {
    for (const { copy } of this.#pairs) copy.dispose();
    this.#arena.dispose();
  }
}

/** What a step changes of the model: the optimizer's parameters, as they lie there, and statistics. */
export function trained(model: Module, optimizer: Optimizer): Tensor[] {
  const parameters = new Set(optimizer.parameters);
  const others = model.state().flatMap(([, value]) => (parameters.has(value) ? [] : value));
  return [...optimizer.parameterBlocks, ...others];
}
