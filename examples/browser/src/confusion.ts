/** @file Which classes are taken for which: a matrix of few classes, a table of many. */
import { ConfusionMatrix, mostConfused, perClass } from "@tessera/nn";
import { byId, make, percent } from "./dom.ts";
import { readable } from "./gallery.ts";
import type { Measured } from "./messages.ts";

/** Above as many classes a matrix would be wider than a page. */
const mostInMatrix = 12;

/** Shows how a network did on the whole validation part. */
export function showConfusion({ counts, classNames, accuracy, loss }: Measured): void {
  const matrix = new ConfusionMatrix(classNames.length, counts);
  const names = classNames.map(readable);
  byId("measured").textContent =
    `${percent(accuracy, 2)} of ${matrix.total} validation images are right; the loss is ${loss.toFixed(4)}.`;
  const parts = names.length <= mostInMatrix ? [matrixTable(matrix, names)] : [classTable(matrix, names)];
  byId("confusion").replaceChildren(...parts, pairs(matrix, names));
  byId("results").hidden = false;
}

function matrixTable(matrix: ConfusionMatrix, names: readonly string[]): HTMLElement {
  const head = make("tr", {}, make("td"), ...names.map((name) => make("th", { scope: "col" }, make("span", {}, name))));
  const rows = perClass(matrix).map(({ label, support }) => {
    const cells = names.map((_, prediction) => {
      const count = matrix.at(label, prediction);
      // Square roots, because most confusions are a few images.
      const shade = support === 0 ? 0 : Math.ceil(8 * Math.sqrt(count / support));
      return make("td", { class: `s${shade}${label === prediction ? " own" : ""}` }, count === 0 ? "" : String(count));
    });
    return make("tr", {}, make("th", { scope: "row" }, names[label]!), ...cells);
  });
  const caption = make("caption", {}, "Rows: true class. Columns: predicted class. Counts of validation images.");
  return make("table", { class: "matrix" }, caption, make("thead", {}, head), make("tbody", {}, ...rows));
}

function classTable(matrix: ConfusionMatrix, names: readonly string[]): HTMLElement {
  const rows = perClass(matrix)
    .filter(({ support }) => support > 0)
    .sort((a, b) => a.recall - b.recall)
    .map(({ label, support, recall }) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, names[label]!),
        make("td", {}, percent(recall)),
        make("td", {}, String(support)),
      ),
    );
  const heads = ["class", "found", "images"].map((text) => make("th", { scope: "col" }, text));
  const caption = make("caption", {}, "Share of each class that was found, the hardest first.");
  return make("table", {}, caption, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
}

function pairs(matrix: ConfusionMatrix, names: readonly string[]): HTMLElement {
  const items = mostConfused(matrix, 5).map(({ label, prediction, count, share }) =>
    make("li", {}, `${names[label]} taken for ${names[prediction]}: ${count} (${percent(share, 0)} of them)`),
  );
  const none = make("p", {}, "Nothing was confused.");
  return items.length === 0 ? none : make("div", {}, make("h3", {}, "Confused most"), make("ol", {}, ...items));
}
