/** @file The curves of whatever the history measures, the learning rate, and all values as a table. */

import type { EpochLine, History } from "../../read-history.ts";
import { html, type Markup } from "../html.ts";
import { chartFigure } from "../line-chart.ts";
import { curveMeasures, formatValue, isShare, titleOf } from "../measures.ts";
import { note, type Section, table } from "./section.ts";

export function curvesSection({ epochs, keys }: History): Section {
  const frame = { id: "curves", title: "Curves" };
  if (epochs.length === 0) return { ...frame, body: note("No epoch is over yet.") };
  const figures = curveMeasures(keys).map((measure) => measureFigure(measure, epochs, keys));
  const rate = keys.includes("learning_rate")
    ? keyFigure("learning_rate", "Learning rate", epochs)
    : note("The learning rate was not recorded.");
  return { ...frame, body: html`<div class="charts">${figures}${rate}</div>\n${historyTable(epochs, keys)}` };
}

/** A measure in training and in validation. */
function measureFigure(measure: string, epochs: readonly EpochLine[], keys: readonly string[]): Markup {
  const validation = `val_${measure}`;
  return chartFigure({
    ...{ id: `chart-${slug(measure)}`, title: titleOf(measure), x: epochs.map(({ epoch }) => epoch) },
    series: [
      ...(keys.includes(measure) ? [{ name: "training", values: values(epochs, measure), color: 0 }] : []),
      ...(keys.includes(validation)
        ? [{ name: "validation", values: values(epochs, validation), color: 1, dashed: true }]
        : []),
    ],
    format: (value) => formatValue(measure, value),
    zero: isShare(measure),
  });
}

/** One key alone. */
export function keyFigure(key: string, title: string, epochs: readonly EpochLine[]): Markup {
  return chartFigure({
    ...{ id: `chart-${slug(key)}`, title, x: epochs.map(({ epoch }) => epoch) },
    series: [{ name: title.toLowerCase(), values: values(epochs, key), color: 2 }],
    format: (value) => formatValue(key, value),
    zero: true,
  });
}

function values(epochs: readonly EpochLine[], key: string): (number | null | undefined)[] {
  return epochs.map((line) => line[key]);
}

/** What an id may hold. */
function slug(key: string): string {
  return key.replace(/[^a-z0-9]+/gi, "-");
}

function historyTable(epochs: readonly EpochLine[], keys: readonly string[]): Markup {
  const columns = ["epoch", ...keys.filter((key) => key !== "epoch")];
  const rows = epochs.map((line) => columns.map((key) => formatValue(key, line[key])));
  const body = table("Every epoch, with the keys of history.jsonl", columns, rows);
  return html`<details id="history"><summary>All values as a table</summary>${body}</details>`;
}
