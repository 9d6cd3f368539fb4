/** @file Float64 oracle of topKHits. */
import { mapArray, type NdArray } from "../../testing/nd-array.ts";

/** 1 for each row whose label is among its k greatest logits, where of equals the first counts as greater; else 0. */
export function topKHitsReference(logits: NdArray, labels: NdArray, k: number): NdArray {
  const classes = logits.shape[1]!;
  return mapArray(labels, (label, row) => {
    const values = logits.data.subarray(row * classes, (row + 1) * classes);
    const target = values[label]!;
    const ahead = values.filter((value, i) => value > target || (value === target && i < label)).length;
    return ahead < k ? 1 : 0;
  });
}
