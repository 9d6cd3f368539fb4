/** @file Schedules of the learning rate as callbacks. */
import { ArgumentError } from "@tessera/tensor";
import type { Callback } from "../callback.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** What a schedule's positions count. */
export type Unit = "epoch" | "iteration";

/** Options of {@link learningRateScheduler}. */
export interface LearningRateSchedulerOptions {
  /** Epochs from 0, or the optimizer's steps from 0. Default: `"epoch"`. */
  readonly by?: Unit;
  /** Told when the rate has changed, as Keras's `verbose`. Default: nobody. */
  readonly say?: (line: string) => void;
}

/**
 * Sets the optimizer's learning rate to `schedule(position)` before each epoch or each batch: Keras's
 * `LearningRateScheduler`. `say` gets a line as `Epoch 36: LearningRateScheduler setting learning rate to 0.001.`
 */
export function learningRateScheduler(schedule: Schedule, options: LearningRateSchedulerOptions = {}): Callback {
  const { by = "epoch", say } = options;
  const set: Callback["onEpochBegin"] = ({ optimizer, epoch, iteration }) => {
    const rate = schedule(by === "epoch" ? epoch - 1 : iteration);
    if (rate === optimizer.learningRate) return;
    optimizer.learningRate = rate;
    say?.(`Epoch ${epoch}: LearningRateScheduler setting learning rate to ${rate}.`);
  };
  return {
    name: "learning rate scheduler",
    ...(by === "epoch" ? { onEpochBegin: set } : { onBatchBegin: (_, context) => set(context) }),
  };
}

/** Options of schedules that see what they change: {@link stepLearningRateSchedulerAt}, `dropoutRateScheduler`. */
export interface ScheduleOptions {
  /** What the schedule's positions count. Default: `"epoch"`. */
  readonly by?: Unit;
  /** Above 0, or true, prints a line for each call, as Keras's. Default: 0. */
  readonly verbose?: number | boolean;
  /** Where lines go. Default: `console.log`. */
  readonly say?: (line: string) => void;
}

/** Who is told; `null` if nobody is. */
export function sayOf({
  verbose = 0,
  say = console.log,
}: Omit<ScheduleOptions, "by">): ((line: string) => void) | null {
  return Number(verbose) > 0 ? say : null;
}

/** `00036`, as Keras's callbacks print it. */
export function paddedEpoch(epoch: number): string {
  return String(epoch).padStart(5, "0");
}

/**
 * Sets the optimizer's learning rate to `schedule(epoch, rate)` before each epoch, counted from 0: of the rate as it is,
 * so that a schedule may change it at one epoch and leave it alone at all others. `verbose` prints
 * `Epoch 00036: LearningRateScheduler reducing learning rate to 0.001.`
 *
 * @throws ArgumentError before an epoch, if the optimizer has no learning rate or the schedule gives no number
 */
export function stepLearningRateSchedulerAt(
  schedule: (epoch: number, rate: number) => number,
  { by = "epoch", ...rest }: ScheduleOptions = {},
): Callback {
  const say = sayOf(rest);
  const set: Callback["onEpochBegin"] = ({ optimizer, epoch, iteration }) => {
    if (!("learningRate" in optimizer)) throw new ArgumentError('Optimizer must have a "learningRate" attribute.');
    const rate = schedule(by === "epoch" ? epoch - 1 : iteration, optimizer.learningRate);
    if (typeof rate !== "number" || Number.isNaN(rate)) {
      throw new ArgumentError('The output of the "schedule" function should be float.');
    }
    optimizer.learningRate = rate;
    say?.(`Epoch ${paddedEpoch(epoch)}: LearningRateScheduler reducing learning rate to ${rate}.`);
  };
  return {
    name: "step learning rate scheduler",
    ...(by === "epoch"
      ? { onEpochBegin: set }
      : { onBatchBegin: (_, context) => (context.step.complete ? set(context) : undefined) }),
  };
}

/** A schedule for {@link stepLearningRateSchedulerAt}: the rate times `stepDecay` at position 35, else as it is. */
export function lrScheduler(epoch: number, rate: number, stepDecay = 0.1): number {
  return epoch === 35 ? rate * stepDecay : rate;
}
