/** @file Weights that are worth keeping. */
import type { Callback, TrainingContext } from "../callback.ts";
import { monitored } from "../metrics.ts";
import { checkCount, isBetter, type Mode, modeOf } from "./watch.ts";

/** Takes a file, whole: it may lie on a disk, or elsewhere. */
export type WriteFile = (name: string, bytes: Uint8Array) => void | Promise<void>;

/** Options of {@link modelCheckpoint}. */
export interface ModelCheckpointOptions {
  readonly write: WriteFile;
  /** Value of the history whose best weights go to `best.safetensors`; `null` keeps none. Default: `val_loss`. */
  readonly monitor?: string | null;
  /** Default: `"max"` for accuracies, else `"min"`. */
  readonly mode?: Mode;
  /** Writes `last.safetensors` after each epoch. Default: true. */
  readonly last?: boolean;
  /** Writes `epoch-<n>.safetensors` after each of so many epochs. Default: never. */
  readonly everyEpochs?: number;
  /** Writes `iteration-<n>.safetensors` after each of so many batches of an epoch. Default: never. */
  readonly everyBatches?: number;
  /** Told of each best, as Keras's `verbose`. Default: nobody. */
  readonly say?: (line: string) => void;
}

/**
 * Writes weights as safetensors: the best by a monitored value, the last, and those of every N epochs or batches: Keras's
 * `ModelCheckpoint`. Where training has an average of the weights, that is what is written. The epoch is in the files'
 * metadata. Only an epoch that has the monitored value can be the best.
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const { write, monitor = "val_loss", last = true, everyEpochs, everyBatches, say } = options;
  const mode = modeOf(monitor ?? "", options.mode);
  for (const [name, value] of Object.entries({ everyEpochs, everyBatches })) {
    if (value !== undefined) checkCount(`modelCheckpoint: ${name}`, value, 1);
  }
  let best: number | null = null;
  const keep = async (context: TrainingContext, names: readonly string[]) => {
    if (names.length === 0) return;
    const weights = await context.weights({ epoch: String(context.epoch) });
    for (const name of names) await write(`${name}.safetensors`, weights);
  };
  return {
    name: "model checkpoint",
    async onBatchEnd(_, context) {
      if (everyBatches && context.batch % everyBatches === 0 && context.step.complete) {
        await keep(context, [`iteration-${context.iteration}`]);
      }
    },
    async onEpochEnd(result, context) {
      const value = monitor === null ? Number.NaN : monitored("modelCheckpoint", result, monitor);
      const better = isBetter(value, best, mode);
      if (better) {
        const before = best === null ? (mode === "min" ? "inf" : "-inf") : best.toFixed(5);
        say?.(
          `Epoch ${result.epoch}: ${monitor} improved from ${before} to ${value.toFixed(5)}, saving model to best.safetensors`,
        );
        best = value;
      } else if (monitor !== null) say?.(`Epoch ${result.epoch}: ${monitor} did not improve from ${best?.toFixed(5)}`);
      const numbered = everyEpochs && result.epoch % everyEpochs === 0 ? [`epoch-${result.epoch}`] : [];
      await keep(context, [...(last ? ["last"] : []), ...numbered, ...(better ? ["best"] : [])]);
    },
    state: () => best,
    restore: (state) => {
      best = state as number | null;
    },
  };
}
