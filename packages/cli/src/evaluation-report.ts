/** @file What an evaluation says beyond its means: classes, confusions, superclasses; as text, as JSON and as files. */
import {
  accuracyOf,
  type ClassReport,
  type Confusion,
  ConfusionMatrix,
  mostConfused,
  type Predictions,
  perClass,
  type SuperclassReport,
  superclassesOf,
  superclassReport,
} from "@tessera/nn";
import type { LoadedSet } from "./load-set.ts";
import { percent } from "./metrics-text.ts";
import { writePicture } from "./pictures/write-picture.ts";
import type { RunFolder } from "./run-folder.ts";

/** What was found. */
export interface EvaluationReport {
  readonly matrix: ConfusionMatrix;
  readonly classNames: readonly string[];
  readonly classes: readonly ClassReport[];
  readonly confused: readonly Confusion[];
  /** Where the set has superclasses, and the run's classes are not those. */
  readonly superclasses?: SuperclassReport & {
    /** Accuracy where the superclass with the highest sum of probabilities is the prediction. */
    readonly summedAccuracy: number;
  };
}

/** The superclass of each class, where classes are fine ones and the set says. */
export function superclassesIn(data: LoadedSet, labels: "fine" | "coarse"): Int32Array | undefined {
  if (labels === "coarse") return undefined;
  const { train, classNames } = data;
  const found =
    data.superclassOf ?? (train.coarseLabels && superclassesOf(train.labels, train.coarseLabels, classNames.length));
  if (!found) return undefined;
  // Classes without examples have no known superclass: to take something for one of them is never right.
  const unknown = Math.max(...found) + 1;
  return found.map((superclass) => (superclass < 0 ? unknown : superclass));
}

/** @param superclasses as {@link superclassesIn} gives them */
export function evaluationReport(
  labels: Int32Array,
  predictions: Predictions,
  { classNames }: Pick<LoadedSet, "classNames">,
  superclasses: ArrayLike<number> | undefined,
): EvaluationReport {
  const matrix = new ConfusionMatrix(classNames.length);
  matrix.add(labels, predictions.classes);
  const report = { matrix, classNames, classes: perClass(matrix), confused: mostConfused(matrix) };
  if (!superclasses || !predictions.superclasses) return report;
  const own = superclassReport(matrix, superclasses);
  const summed = new ConfusionMatrix(own.matrix.classes);
  const coarse = Int32Array.from(labels, (label) => superclasses[label]!);
  summed.add(coarse, predictions.superclasses);
  return { ...report, superclasses: { ...own, summedAccuracy: accuracyOf(summed) } };
}

/** The report for programs; ratios of nothing are null. */
export function reportJson({ classNames, classes, confused, superclasses }: EvaluationReport) {
  const { accuracy, errorsInside, errors, summedAccuracy } = superclasses ?? {};
  return {
    classes: classes.map((each) => ({ name: classNames[each.label], ...each })),
    most_confused: confused.map((each) => ({
      ...{ label: classNames[each.label], prediction: classNames[each.prediction] },
      ...{ count: each.count, share: each.share },
    })),
    ...(superclasses && {
      superclasses: {
        accuracy_of_best_class: accuracy,
        accuracy_of_summed_probabilities: summedAccuracy,
        ...{ errors, share_of_errors_inside: errorsInside },
      },
    }),
  };
}

/** The report for a person. */
export function reportText(report: EvaluationReport): string {
  return [classTable(report), confusionLines(report), superclassLines(report)].filter(Boolean).join("\n\n");
}

function classTable({ classes, classNames }: EvaluationReport): string {
  const width = Math.max(5, ...classNames.map((name) => name.length));
  const head = `${"class".padEnd(width)}  precision    recall        F1  images`;
  const share = (value: number) => (Number.isNaN(value) ? "–" : percent(value)).padStart(9);
  const rows = [...classes]
    .sort((a, b) => ascending(a.recall, b.recall))
    .map(({ label, precision, recall, f1, support }) => {
      const numbers = [precision, recall, f1].map(share).join(" ");
      return `${classNames[label]!.padEnd(width)}  ${numbers} ${String(support).padStart(7)}`;
    });
  return [head, ...rows].join("\n");
}

/** Numbers from the least, what is not known at the end. */
function ascending(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}

function confusionLines({ confused, classNames }: EvaluationReport): string {
  if (confused.length === 0) return "nothing was confused";
  const lines = confused.map(({ label, prediction, count, share }) => {
    return `  ${classNames[label]} taken for ${classNames[prediction]}: ${count} (${percent(share)})`;
  });
  return ["most confused:", ...lines].join("\n");
}

function superclassLines({ superclasses }: EvaluationReport): string {
  if (!superclasses) return "";
  const { accuracy, summedAccuracy, errors, errorsInside } = superclasses;
  const inside = errors === 0 ? "no errors" : `${percent(errorsInside)} of ${errors} errors inside the true superclass`;
  const right = `${percent(accuracy)} right by the best class, ${percent(summedAccuracy)} by summed probabilities`;
  return `superclasses: ${right}; ${inside}`;
}

/** The confusion matrix as JSON, CSV and a picture: rows are true classes, columns predicted ones. */
export async function writeReport(folder: RunFolder, report: EvaluationReport): Promise<void> {
  const { matrix, classNames } = report;
  const rows = classNames.map((_, label) =>
    Array.from(matrix.counts.subarray(label * matrix.classes, (label + 1) * matrix.classes)),
  );
  folder.writeJson("confusion.json", { rows: "true class", columns: "predicted class", classNames, counts: rows });
  const head = ["true \\ predicted", ...classNames].map(csvText).join(",");
  const lines = rows.map((counts, label) => [csvText(classNames[label]!), ...counts].join(","));
  folder.write("confusion.csv", `${[head, ...lines].join("\n")}\n`);
  const { confusionSvg } = await import("./pictures/confusion.ts");
  await writePicture(folder, "confusion", await confusionSvg(matrix, classNames));
}

/** A field of CSV (RFC 4180): in quotes where it holds what would end it. */
function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
