/** @file Metrics as a person reads them. */

/** What may be known of a set; of networks for images the top five, of those for pixels the IoU. */
interface KnownMetrics {
  readonly loss: number;
  readonly accuracy: number;
  readonly top5_accuracy?: number;
  readonly mean_iou?: number;
  readonly weighted_iou?: number;
}

/** `loss 3.8568, accuracy 10.78 %, top-5 32.61 %`. */
export function metricsText({ loss, accuracy, top5_accuracy, mean_iou, weighted_iou }: KnownMetrics): string {
  const parts = [`loss ${loss.toFixed(4)}`, `accuracy ${percent(accuracy)}`];
  if (top5_accuracy !== undefined) parts.push(`top-5 ${percent(top5_accuracy)}`);
  if (mean_iou !== undefined) parts.push(`mean IoU ${mean_iou.toFixed(4)}`);
  if (weighted_iou !== undefined) parts.push(`weighted IoU ${weighted_iou.toFixed(4)}`);
  return parts.join(", ");
}

/** `10.78 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
