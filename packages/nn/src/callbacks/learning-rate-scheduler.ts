/** @file Schedules of the learning rate as callbacks. */
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
