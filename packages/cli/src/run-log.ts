/** @file A run's growing files, which a resumed run cuts back to its checkpoint. */
import { type Callback, tensorBoardEvents } from "@tessera/nn";
import type { LogState, RunFolder } from "./run-folder.ts";

/** Options of {@link runLog}. */
export interface RunLogOptions {
  /** Weights go to TensorBoard as histograms after each of so many epochs. Default: never. */
  readonly histograms?: { readonly everyEpochs: number } | undefined;
}

/** Writes `history.jsonl` and TensorBoard's events. How long they are is part of a checkpoint. */
export function runLog(folder: RunFolder, { histograms }: RunLogOptions = {}): Callback {
  let events = tensorBoardEvents();
  return {
    name: "run log",
    async onEpochEnd(result, context) {
      const weights = histograms && result.epoch % histograms.everyEpochs === 0 ? await context.weights() : undefined;
      const { learningRate } = context.optimizer;
      folder.appendHistory({ ...result, learning_rate: learningRate });
      folder.appendEvents(events(result, { wallTime: Date.now() / 1000, learningRate, ...(weights && { weights }) }));
    },
    state: () => folder.logState() as LogState & Record<string, never>,
    restore(state) {
      const log = state as unknown as LogState;
      folder.cutBack(log);
      const begun = ["train", "validation"].filter((name) => `events/${name}/${log.eventFile}` in log.bytes);
      events = tensorBoardEvents(begun);
    },
  };
}
