/** @file The confusion matrix, its classes in the order of their superclasses, and the pairs that are confused most. */
import type { ConfusionMatrix } from "@tessera/nn";
import { percent } from "../../metrics-text.ts";
import { shorten } from "../../pictures/text.ts";
import type { Evaluation } from "../evaluate-run.ts";
import { html, type Markup } from "../html.ts";
import { note, type Section, table } from "./section.ts";

type Superclasses = NonNullable<Evaluation["superclasses"]>;

export function confusionSection({ report, superclasses }: Evaluation): Section {
  const { matrix, classNames, confused } = report;
  const order = classOrder(classNames, superclasses);
  const pairs = confused.map(({ label, prediction, count, share }) => {
    return [classNames[label]!, classNames[prediction]!, count, percent(share)];
  });
  const grouped = superclasses ? " The classes of a superclass stand together; frames are superclasses." : "";
  const body = html`<figure class="confusion"><figcaption>Rows are true classes, columns predicted ones; the stronger its colour, the greater a cell's share of its row.${grouped}</figcaption>
${drawing(matrix, classNames, order, superclasses)}<output class="values" for="matrix"></output></figure>
${report.superclasses && superclassNote(report.superclasses)}
${pairs.length === 0 ? note("Nothing was confused.") : table("The pairs that are confused most", ["true class", "taken for", "images", "of the class"], pairs, { numbers: 2 })}`;
  return { id: "confusion", title: "Confusion matrix", body };
}

function superclassNote({
  accuracy,
  summedAccuracy,
  errors,
  errorsInside,
}: NonNullable<Evaluation["report"]["superclasses"]>): Markup {
  const inside = errors > 0 ? ` Of ${errors} errors, ${percent(errorsInside)} are inside the true superclass.` : "";
  return html`<p>The superclass is right for ${percent(accuracy)} of the images by the best class, for ${percent(summedAccuracy)} by summed probabilities.${inside}</p>`;
}

/** Classes by superclass, then in their own order. */
function classOrder(classNames: readonly string[], superclasses: Superclasses | undefined): number[] {
  const classes = classNames.map((_, label) => label);
  return superclasses ? classes.sort((a, b) => superclasses.of[a]! - superclasses.of[b]! || a - b) : classes;
}

const side = 600;
const margin = { left: 172, top: 150, right: 78 };
/** Above as many, names would overlap. */
const mostNames = 40;
const shades = 10;

function drawing(
  matrix: ConfusionMatrix,
  classNames: readonly string[],
  order: readonly number[],
  superclasses: Superclasses | undefined,
): Markup {
  const cell = side / order.length;
  const blocks = superclasses ? blocksOf(order, superclasses) : [];
  const labels = superclasses
    ? blocks.map(({ name, from, count }) => ({ name, at: (from + count / 2) * cell }))
    : order.length <= mostNames
      ? order.map((label, i) => ({ name: classNames[label]!, at: (i + 0.5) * cell }))
      : [];
  const frames = blocks.map(({ from, count }) => {
    return html`<rect class="block" x="${round(from * cell)}" y="${round(from * cell)}" width="${round(count * cell)}" height="${round(count * cell)}"/>`;
  });
  const box = labels.length > 0 ? margin : { left: 10, top: 10, right: 10 };
  const total = `0 0 ${box.left + side + box.right} ${box.top + side + 10}`;
  const right = percent(matrix.correct / matrix.total);
  return html`<svg id="matrix" class="matrix" viewBox="${total}" role="img" aria-label="Confusion matrix of ${order.length} classes: ${right} of ${matrix.total} images on the diagonal" data-names="${JSON.stringify(order.map((label) => classNames[label]))}" data-cells="${JSON.stringify(cellList(matrix, order))}" data-box="${JSON.stringify({ ...box, side })}">
<g transform="translate(${box.left} ${box.top})">${labels.map(labelMarkup)}<rect class="frame" width="${side}" height="${side}"/>${shadePaths(matrix, order, cell)}${frames}<rect class="cursor" visibility="hidden" width="${round(cell)}" height="${round(cell)}"/></g></svg>`;
}

function labelMarkup({ name, at }: { readonly name: string; readonly at: number }): Markup {
  const text = shorten(name.replaceAll("_", " "), 22);
  return html`<text x="-6" y="${round(at + 4)}" text-anchor="end">${text}</text><text transform="translate(${round(at + 4)} -6) rotate(-60)">${text}</text>`;
}

function blocksOf(order: readonly number[], { of, names }: Superclasses) {
  const blocks: { name: string; from: number; count: number; superclass: number }[] = [];
  order.forEach((label, i) => {
    const superclass = of[label]!;
    const last = blocks.at(-1);
    if (last?.superclass === superclass) last.count++;
    else blocks.push({ name: names[superclass] ?? "without images", from: i, count: 1, superclass });
  });
  return blocks;
}

/** One path a shade, so that a matrix of a hundred classes stays small. */
function shadePaths(matrix: ConfusionMatrix, order: readonly number[], cell: number): Markup[] {
  const paths = Array.from({ length: shades }, () => "");
  order.forEach((label, row) => {
    const counts = matrix.counts.subarray(label * matrix.classes, (label + 1) * matrix.classes);
    const total = counts.reduce((sum, count) => sum + count, 0);
    order.forEach((prediction, column) => {
      if (counts[prediction] === 0) return;
      // Square roots, because most confusions are a few images.
      const shade = Math.ceil(shades * Math.sqrt(counts[prediction]! / total));
      paths[shade - 1] +=
        `M${round(column * cell)} ${round(row * cell)}h${round(cell)}v${round(cell)}h-${round(cell)}z`;
    });
  });
  return paths.map((d, i) => html`${d !== "" && html`<path d="${d}" fill-opacity="${(i + 1) / shades}"/>`}`);
}

/** Cells that are not 0, as row, column and count one after the other. */
function cellList(matrix: ConfusionMatrix, order: readonly number[]): number[] {
  return order.flatMap((label, row) =>
    order.flatMap((prediction, column) => {
      const count = matrix.at(label, prediction);
      return count > 0 ? [row, column, count] : [];
    }),
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
