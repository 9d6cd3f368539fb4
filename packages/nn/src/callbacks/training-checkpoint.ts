/** @file Checkpoints from which training can be resumed. */
import type { Callback } from "../callback.ts";
import type { WriteFile } from "./model-checkpoint.ts";
import { checkCount } from "./watch.ts";

/** Options of {@link trainingCheckpoint}. */
export interface TrainingCheckpointOptions {
  /** Should put the file in its place whole: aside first, then renamed. */
  readonly write: WriteFile;
  /** Default: `checkpoint.safetensors`. */
  readonly file?: string;
  /** Also after each of so many batches of an epoch. Default: never. */
  readonly everyBatches?: number | undefined;
  /** Also when so many seconds have passed since the last one. Default: never. */
  readonly everySeconds?: number | undefined;
}

/**
 * Writes all that training needs to go on exactly: after each epoch, in an epoch as often as asked, and when training is
 * stopped or interrupted. `fit` goes on from what `loadCheckpoint` returns for such a file. Saving changes no result.
 */
export function trainingCheckpoint(options: TrainingCheckpointOptions): Callback {
  const { write, file = "checkpoint.safetensors", everyBatches, everySeconds } = options;
  if (everyBatches !== undefined) checkCount("trainingCheckpoint: everyBatches", everyBatches, 1);
  let last = performance.now();
  return {
    name: "training checkpoint",
    async onSafePoint(context) {
      const { batch, ending } = context;
      const counted = everyBatches !== undefined && batch % everyBatches === 0;
      const late = everySeconds !== undefined && performance.now() - last >= everySeconds * 1000;
      if (batch !== 0 && ending === null && !counted && !late) return;
      await write(file, await context.save());
      last = performance.now();
    },
  };
}
