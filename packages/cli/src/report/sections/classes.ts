/** @file What is said of each class. */
import { percent } from "../../metrics-text.ts";
import type { Evaluation } from "../evaluate-run.ts";
import { type Section, table } from "./section.ts";

export function classesSection({ report, superclasses }: Evaluation): Section {
  const { classes, classNames, matrix } = report;
  const share = (value: number) => (Number.isNaN(value) ? "–" : percent(value));
  const rows = [...classes]
    .sort((a, b) => (a.recall || 0) - (b.recall || 0))
    .map(({ label, support, precision, recall, f1 }) => [
      classNames[label]!,
      ...(superclasses ? [superclasses.names[superclasses.of[label]!] ?? "–"] : []),
      takenFor(matrix.counts.subarray(label * matrix.classes, (label + 1) * matrix.classes), label, classNames),
      support,
      ...[precision, recall, f1].map(share),
    ]);
  const words = ["class", ...(superclasses ? ["superclass"] : []), "most often taken for"];
  const head = [...words, "images", "precision", "recall", "F1"];
  const body = table("Every class, the least found first", head, rows, {
    sortable: "classes-table",
    numbers: words.length,
  });
  return { id: "classes", title: "Classes", body };
}

function takenFor(counts: Float64Array, label: number, classNames: readonly string[]): string {
  const other = counts.reduce((best, count, i) => {
    return i !== label && count > 0 && (best < 0 || count > counts[best]!) ? i : best;
  }, -1);
  return other < 0 ? "–" : `${classNames[other]} (${counts[other]})`;
}
