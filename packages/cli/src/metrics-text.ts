/** @file Metrics as a person reads them. */
import type { Metrics } from "@tessera/nn";

/** `loss 3.8568, accuracy 10.78 %, top-5 32.61 %`. */
export function metricsText({ loss, accuracy, top5_accuracy }: Metrics): string {
  return `loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}, top-5 ${percent(top5_accuracy)}`;
}

/** `10.78 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
