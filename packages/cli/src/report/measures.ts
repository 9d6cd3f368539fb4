/** @file The history's keys as a person reads them, whatever a task measures. */
import { percent } from "../metrics-text.ts";
import { formatSeconds } from "../progress.ts";

/** How a run went, not what it learnt. */
const notCurves: ReadonlySet<string> = new Set([
  ...["epoch", "seconds", "images_per_second", "learning_rate", "input_seconds", "device_seconds"],
]);

/** The measure that a key is of: `val_loss` and `loss` are of `loss`. */
function measureOf(key: string): string {
  return key.replace(/^val_/, "");
}

/** Measures that are drawn as curves, in the order in which the history has them. */
export function curveMeasures(keys: readonly string[]): string[] {
  return [...new Set(keys.filter((key) => !notCurves.has(key)).map(measureOf))];
}

const titles: Readonly<Record<string, string>> = {
  top5_accuracy: "Top-5 accuracy",
  mean_iou: "Mean IoU",
  images_per_second: "Images per second",
};

/** `Top-5 accuracy`; of a measure that nobody named, its key in words. */
export function titleOf(measure: string): string {
  const words = measure.replaceAll("_", " ");
  return titles[measure] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** Whether a measure's values are shares, and its curve begins at 0. */
export function isShare(measure: string): boolean {
  return /accuracy|iou|precision|recall|f1|dice/i.test(measure);
}

/** Whether more is better: so for every share, and not for a loss. */
export function isBetter(measure: string, a: number, b: number): boolean {
  return isShare(measure) ? a > b : a < b;
}

/** A value in the unit of its key. */
export function formatValue(key: string, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const measure = measureOf(key);
  if (isShare(measure)) return percent(value);
  if (/seconds$/.test(measure)) return value < 10 ? `${value.toFixed(2)} s` : formatSeconds(value);
  if (measure === "images_per_second") return value < 10 ? value.toFixed(1) : value.toFixed(0);
  if (measure === "epoch") return String(value);
  if (measure === "learning_rate") return String(Number(value.toPrecision(3)));
  return Math.abs(value) < 1e4 ? value.toFixed(4) : value.toExponential(3);
}
