/** @file Schedules of dropout's rates and of DropBlock's keep-probability. */
import { ArgumentError } from "@tessera/tensor";
import type { Callback, TrainingContext } from "../callback.ts";
import { DropBlock2D } from "../layers/drop-block2d.ts";
import { Dropout } from "../layers/dropout.ts";
import type { Module } from "../module.ts";
import { modulesOf } from "../modules-of.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { paddedEpoch, type ScheduleOptions, sayOf, type Unit } from "./learning-rate-scheduler.ts";

/** Modules of one class in a model, in order. */
function layersOf<M extends Module>(model: Module, Kind: abstract new (...args: never[]) => M): M[] {
  return [...modulesOf(model).values()].filter((module) => module instanceof Kind) as M[];
}

/** Sets something that depends on the position alone: when training begins or is resumed, and when the position moves. */
function atPositions(name: string, by: Unit, set: (position: number, context: TrainingContext) => void): Callback {
  const now = (context: TrainingContext) => set(by === "epoch" ? context.epoch - 1 : context.iteration, context);
  return {
    name,
    onTrainBegin: now,
    ...(by === "epoch" ? { onEpochBegin: now } : { onBatchBegin: (_, context) => now(context) }),
  };
}

/** From a position on, rates of dropout. */
export interface DropoutStage {
  /** Epochs or iterations from 0. */
  readonly from: number;
  /** A rate for each layer, in order. */
  readonly rates: readonly number[];
}

/** Options of {@link dropoutRateScheduler}. */
export interface DropoutRateSchedulerOptions {
  /** In the order of their positions; before the first, rates are as they were made. */
  readonly stages: readonly DropoutStage[];
  /** Default: `"iteration"`. */
  readonly by?: Unit;
  /** Default: every `Dropout` of the model. */
  readonly layers?: readonly Dropout[];
  /** Told of each change. Default: nobody. */
  readonly say?: (line: string) => void;
}

/**
 * Changes dropout's rates: `schedule(epoch, layers)` is given the epoch, counted from 0, and the model's layers of
 * dropout, in order, whose rates it may set; it returns the list of them. Their rates are part of checkpoints.
 */
export type DropoutSchedule = (epoch: number, layers: Dropout[]) => readonly Dropout[];

/**
 * Sets dropout's rates at given positions, or as a schedule does it, before each epoch.
 *
 * @throws ArgumentError if positions do not rise or a rate is not in [0, 1); when training begins, if a stage has another
 *   number of rates than there are layers; before an epoch, if the schedule gives no list
 */
export function dropoutRateScheduler(
  options: DropoutRateSchedulerOptions | DropoutSchedule,
  verbosity: ScheduleOptions = {},
): Callback {
  return typeof options === "function" ? scheduledRates(options, verbosity) : stagedRates(options);
}

function scheduledRates(schedule: DropoutSchedule, { by = "epoch", ...rest }: ScheduleOptions): Callback {
  const say = sayOf(rest);
  let kept: readonly number[] | null = null;
  const change: Callback["onEpochBegin"] = ({ model, epoch, iteration }) => {
    const layers = schedule(by === "epoch" ? epoch - 1 : iteration, layersOf(model, Dropout));
    if (!Array.isArray(layers)) {
      throw new ArgumentError('The output of the "schedule" function should be list.');
    }
    kept = layersOf(model, Dropout).map(({ rate }) => rate);
    if (!say) return;
    for (const [name, layer] of modulesOf(model)) {
      if (layer instanceof Dropout) say(`Epoch ${paddedEpoch(epoch)}: Dropout rate for layer ${name}: ${layer.rate}.`);
    }
  };
  return {
    name: "dropout rate scheduler",
    onTrainBegin({ model }) {
      if (!kept) return;
      for (const [i, layer] of layersOf(model, Dropout).entries()) layer.rate = kept[i] ?? layer.rate;
    },
    ...(by === "epoch"
      ? { onEpochBegin: change }
      : { onBatchBegin: (_, context) => (context.step.complete ? change(context) : undefined) }),
    state: () => kept,
    restore(state) {
      kept = state as typeof kept;
    },
  };
}

/** What {@link drScheduler} may be told besides. */
export interface DrSchedulerOptions {
  /** Added to the layers' rates at 85 000. */
  readonly rateList?: readonly number[];
  /** What rates are multiplied by at 135 000. */
  readonly rateFactor?: number;
}

/** Greatest rate of {@link drScheduler}: at 1 nothing would be left. */
const greatestRate = 0.95;

/**
 * The schedule of the Keras reading of `elu18`, for {@link dropoutRateScheduler} with `by: "iteration"`: at 85 000 adds
 * `rateList` (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0) to the layers' rates, at 135 000 multiplies them by `rateFactor` (1.5). Rates
 * end at 0.95, where the source has 1, which drops everything. The paper sets the rates instead of adding to them:
 * {@link elu18DropoutStages}.
 */
export function drScheduler(position: number, layers: Dropout[], options: DrSchedulerOptions = {}): Dropout[] {
  const { rateList = elu18Rates, rateFactor = 1.5 } = options;
  const change = {
    85000: (rate: number, i: number) => rate + (rateList[i] ?? 0),
    135000: (rate: number) => rate * rateFactor,
  };
  const changed = change[position as keyof typeof change];
  if (changed) for (const [i, layer] of layers.entries()) layer.rate = Math.min(greatestRate, changed(layer.rate, i));
  return layers;
}

function stagedRates(options: DropoutRateSchedulerOptions): Callback {
  const { stages, by = "iteration", layers, say } = options;
  checkStages(stages);
  return atPositions("dropout rate scheduler", by, (position, { model, epoch }) => {
    const stage = stages.findLast(({ from }) => from <= position);
    const changed = layers ?? layersOf(model, Dropout);
    const odd = stages.find(({ rates }) => rates.length !== changed.length);
    if (odd) {
      throw new ArgumentError(
        `dropoutRateScheduler: rates should be a list of ${changed.length}, one for each layer, got ${odd.rates.length}`,
      );
    }
    if (!stage || changed.every(({ rate }, i) => rate === stage.rates[i])) return;
    changed.forEach((layer, i) => {
      layer.rate = stage.rates[i]!;
    });
    say?.(`Epoch ${epoch}: DropoutRateScheduler setting dropout rates to ${stage.rates.join(", ")}.`);
  });
}

function checkStages(stages: readonly DropoutStage[]): void {
  stages.forEach(({ from, rates }, i) => {
    if (i > 0 && !(from > stages[i - 1]!.from)) {
      throw new ArgumentError(
        `dropoutRateScheduler: positions must rise, got ${stages.map((each) => each.from).join(", ")}`,
      );
    }
    const wrong = rates.find((rate) => !(typeof rate === "number" && rate >= 0 && rate < 1));
    if (wrong === undefined) return;
    throw new ArgumentError(`dropoutRateScheduler: each rate should be float, at least 0 and below 1, got ${wrong}`);
  });
}

/** The paper's, one for each stack. */
const elu18Rates: readonly number[] = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0];

/** Options of {@link elu18DropoutStages}. */
export interface Elu18DropoutOptions {
  /** Rates of the layers, one for each stack. Default: the paper's 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0. */
  readonly rates?: readonly number[];
  /** What the rates are multiplied by in the end. Default: 1.5. */
  readonly factor?: number;
  /** Where the rates begin, and where they are multiplied. Default: 85 000 and 135 000 iterations. */
  readonly thresholds?: readonly [number, number];
}

/**
 * Stages of dropout for `elu18` (Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by
 * exponential linear units", 2016): from the first threshold on the rates of the list, from the second on `factor` times
 * those. The thresholds are iterations, as in the paper; with `by: "epoch"` they are epochs.
 *
 * @throws ArgumentError if the factor is no number or the rates are no list
 */
export function elu18DropoutStages(options: Elu18DropoutOptions = {}): DropoutStage[] {
  const { rates = elu18Rates, factor = 1.5, thresholds = [85_000, 135_000] } = options;
  if (!Array.isArray(rates)) throw new ArgumentError("elu18DropoutStages: rates should be a list.");
  if (!Number.isFinite(factor)) throw new ArgumentError(`elu18DropoutStages: factor should be float, got ${factor}`);
  const [first, second] = thresholds;
  return [
    { from: first, rates },
    { from: second, rates: rates.map((rate) => rate * factor) },
  ];
}

/** Options of {@link dropBlockScheduler}. */
export interface DropBlockSchedulerOptions {
  /** What the schedule's positions count. Default: `"epoch"`. */
  readonly by?: Unit;
  /** Default: every `DropBlock2D` of the model. */
  readonly layers?: readonly DropBlock2D[];
}

/** Sets the keep-probability of DropBlock layers to `schedule(position)`. */
export function dropBlockScheduler(schedule: Schedule, options: DropBlockSchedulerOptions = {}): Callback {
  const { by = "epoch", layers } = options;
  return atPositions("DropBlock scheduler", by, (position, { model }) => {
    for (const layer of layers ?? layersOf(model, DropBlock2D)) layer.keepProbability = schedule(position);
  });
}

/** From `initial` down to `final` by `step` a position: the ResNet of the DropBlock series takes 1, 0.8 and 0.005 an epoch. */
export function linearKeepProbability({ initial = 1, final = 0.8, step = 0.005 } = {}): Schedule {
  return (position) => Math.max(final, initial - step * position);
}
