/** @file A learning rate that falls when progress stalls. */
import { ArgumentError } from "@tessera/tensor";
import type { Callback } from "../callback.ts";
import { monitored } from "../metrics.ts";
import { checkCount, isBetter, type Mode, modeOf } from "./watch.ts";

/** Options of {@link reduceOnPlateau}. */
export interface ReduceOnPlateauOptions {
  /** Value of the history. Default: `val_loss`. */
  readonly monitor?: string;
  /** Default: `"max"` for accuracies, else `"min"`. */
  readonly mode?: Mode;
  /** What the rate is multiplied by, above 0 and below 1. Default: 0.1. */
  readonly factor?: number;
  /** Epochs without improvement after which it falls. Default: 10. */
  readonly patience?: number;
  /** By how much a value has to be better. Default: 1e-4. */
  readonly minDelta?: number;
  /** Epochs after a fall that are not counted. Default: 0. */
  readonly cooldown?: number;
  /** Least rate. Default: 0. */
  readonly minimum?: number;
  /** Told of each fall, as Keras's `verbose`. Default: nobody. */
  readonly say?: (line: string) => void;
}

/** Multiplies the learning rate by `factor` when the monitored value stalls: Keras's `ReduceLROnPlateau`. */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): Callback {
  const { monitor = "val_loss", factor = 0.1, minDelta = 1e-4, minimum = 0, say } = options;
  if (!(factor > 0 && factor < 1)) {
    throw new ArgumentError(`reduceOnPlateau: factor must be above 0 and below 1, got ${factor}`);
  }
  const patience = checkCount("reduceOnPlateau: patience", options.patience ?? 10, 0);
  const cooldown = checkCount("reduceOnPlateau: cooldown", options.cooldown ?? 0, 0);
  const mode = modeOf(monitor, options.mode);
  let kept: { best: number | null; waited: number; cooling: number } = { best: null, waited: 0, cooling: 0 };
  return {
    name: "reduce on plateau",
    onEpochEnd(result, { optimizer }) {
      const value = monitored("reduceOnPlateau", result, monitor);
      if (kept.cooling > 0) kept = { ...kept, cooling: kept.cooling - 1, waited: 0 };
      if (isBetter(value, kept.best, mode, minDelta)) kept = { ...kept, best: value, waited: 0 };
      else if (kept.cooling === 0) kept = { ...kept, waited: kept.waited + 1 };
      if (kept.waited < Math.max(1, patience) || optimizer.learningRate <= minimum) return;
      optimizer.learningRate = Math.max(minimum, optimizer.learningRate * factor);
      say?.(`Epoch ${result.epoch}: ReduceLROnPlateau reducing learning rate to ${optimizer.learningRate}.`);
      kept = { ...kept, waited: 0, cooling: cooldown };
    },
    state: () => kept,
    restore: (state) => {
      kept = state as typeof kept;
    },
  };
}
