/** @file Whether a monitored value got better. */
import { ArgumentError } from "@tessera/tensor";

/** Whether less is better, or more. */
export type Mode = "min" | "max";

/** `"max"` for accuracies, else `"min"`: Keras's `auto`. */
export function modeOf(monitor: string, mode?: Mode): Mode {
  return mode ?? (/accuracy|iou|f1|auc/.test(monitor) ? "max" : "min");
}

/** Whether a value is better than the best by more than `minDelta`. NaN never is. */
export function isBetter(value: number, best: number | null, mode: Mode, minDelta = 0): boolean {
  if (Number.isNaN(value)) return false;
  if (best === null) return true;
  return mode === "min" ? value < best - minDelta : value > best + minDelta;
}

/** @throws ArgumentError if `value` is no whole number of at least `least` */
export function checkCount(what: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new ArgumentError(`${what} must be a whole number of at least ${least}, got ${value}`);
}
