/** @file A run's growing files, which a resumed run cuts back to its checkpoint. */
import { type Callback, tensorBoardEvents } from "@tessera/nn";
import type { LogState, RunFolder } from "./run-folder.ts";

/** Writes `history.jsonl` and TensorBoard's events. How long they are is part of a checkpoint. */
export function runLog(folder: RunFolder): Callback {
  let events = tensorBoardEvents();
  return {
    name: "run log",
    onEpochEnd(result, { optimizer }) {
      folder.appendHistory(result);
      folder.appendEvents(events(result, { wallTime: Date.now() / 1000, learningRate: optimizer.learningRate }));
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
