/** @file Cases of topKHits. */
import type { InputSpec, OpCase } from "../../testing/case.ts";
import { exact } from "../../testing/tolerance.ts";
import { topKHitsReference } from "./top-k-hits.reference.ts";
import { topKHits } from "./top-k-hits.ts";

export const topKHitsCases: readonly OpCase[] = [
  topKHitsCase(33, 10, 1),
  topKHitsCase(33, 10, 5),
  topKHitsCase(7, 100, 30),
  topKHitsCase(21, 6, 3, { low: -1.4, high: 1.4, multipleOf: 1 }),
  topKHitsCase(3, 4, 4),
  topKHitsCase(1, 1, 1),
];

function topKHitsCase(rows: number, classes: number, k: number, range: Omit<InputSpec, "shape"> = {}): OpCase {
  return {
    name: `topKHits ${rows} rows of ${classes} classes, k ${k}${range.multipleOf ? ", with ties" : ""}`,
    inputs: [
      { shape: [rows, classes], gradient: false, ...range },
      { shape: [rows], dtype: "int32", high: classes },
    ],
    run: (logits, labels) => topKHits(logits, labels, k),
    reference: (logits, labels) => topKHitsReference(logits, labels, k),
    tolerance: exact,
  };
}
