/** @file How a training run ended, for a person and for a program. */
import type { RunFolder } from "./run-folder.ts";
import type { TrainingOutcome } from "./training-run.ts";
import { say } from "./voice.ts";

/** Options of commands that train. */
export interface OutcomeOptions {
  readonly json?: boolean;
}

/** A run that was interrupted has said so itself. */
export function sayOutcome(folder: RunFolder, outcome: TrainingOutcome, { json }: OutcomeOptions): void {
  const { interrupted, history, test = null } = outcome;
  if (!interrupted) say(`weights, history and pictures are in ${folder.path}`);
  if (!json) return;
  const ended = { run: folder.path, interrupted, epochs: history.length, last: history.at(-1) ?? null, test };
  console.log(JSON.stringify(ended, null, 2));
}
