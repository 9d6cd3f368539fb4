/** @file Training that ends when it no longer helps. */
import { decode, type Tensor as StoredTensor } from "@tessera/safetensors";
import type { Callback } from "../callback.ts";
import { monitored } from "../metrics.ts";
import { restoreTensors } from "../weights.ts";
import { checkCount, isBetter, type Mode, modeOf } from "./watch.ts";

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions {
  /** Value of the history. Default: `val_loss`. */
  readonly monitor?: string;
  /** Default: `"max"` for accuracies, else `"min"`. */
  readonly mode?: Mode;
  /** Epochs without improvement after which training ends. Default: 0, the first one. */
  readonly patience?: number;
  /** By how much a value has to be better. Default: 0. */
  readonly minDelta?: number;
  /** Gives the model the weights of its best epoch when training ends. Default: true. */
  readonly restoreBestWeights?: boolean;
}

/**
 * Ends training when the monitored value has not improved by more than `minDelta` for `patience` epochs: Keras's
 * `EarlyStopping`. The weights of the best epoch (of their average, where there is one) are kept on the host and given to
 * the model after the last step, whatever ended training but an interruption.
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { monitor = "val_loss", minDelta = 0, restoreBestWeights = true } = options;
  const patience = checkCount("earlyStopping: patience", options.patience ?? 0, 0);
  const mode = modeOf(monitor, options.mode);
  let kept: { best: number | null; epoch: number } = { best: null, epoch: 0 };
  let weights: ReadonlyMap<string, StoredTensor> = new Map();
  return {
    name: "early stopping",
    async onEpochEnd(result, context) {
      const value = monitored("earlyStopping", result, monitor);
      if (isBetter(value, kept.best, mode, minDelta)) {
        kept = { best: value, epoch: result.epoch };
        if (restoreBestWeights) weights = decode(await context.weights()).tensors;
      } else if (result.epoch - kept.epoch >= Math.max(1, patience)) {
        context.stop(`${monitor} has not improved since epoch ${kept.epoch}`);
      }
    },
    onTrainEnd({ model, ending }) {
      if (restoreBestWeights && weights.size > 0 && ending !== "interrupted") restoreTensors(model, weights);
    },
    state: () => kept,
    tensors: () => weights,
    restore(state, tensors) {
      kept = state as typeof kept;
      weights = tensors;
    },
  };
}
