import type { ConfusionMatrix } from "@tessera/nn";
import type { TopLevelSpec } from "vega-lite";
import { FONT_FAMILY, shorten } from "./text.ts";

/** Above as many classes, names would overlap: then classes are numbered. */
const MOST_NAMES = 100;

/**
 * A confusion matrix as a heat map: rows are true classes, columns predicted ones, and the darker, the greater the share
 * of the row's examples. A class without examples has a blank row.
 *
 * @returns an SVG, a pure function of matrix and names.
 */
export async function confusionSvg(matrix: ConfusionMatrix, classNames: readonly string[]): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec } = vegaLite.compile(plot(matrix, classNames));
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function plot(matrix: ConfusionMatrix, classNames: readonly string[]): TopLevelSpec {
  const { classes } = matrix;
  const names = classNames.map((name, i) => (classes > MOST_NAMES ? String(i) : shorten(name, 24)));
  const cell = Math.max(2, Math.min(24, Math.floor(1200 / classes)));
  const axis = { ticks: false, domain: false, labelLimit: 200, labelFontSize: Math.min(12, Math.max(7, cell - 1)) };
  const labels = names.map((name, i) => `datum.value === ${i} ? ${JSON.stringify(name)}`).join(" : ");
  const named = { ...axis, labelExpr: `${labels} : ''`, values: names.map((_, i) => i) };
  return {
    width: cell * classes,
    height: cell * classes,
    padding: 16,
    title: "Confusion matrix",
    data: { values: cells(matrix) },
    mark: { type: "rect" },
    encoding: {
      x: {
        field: "prediction",
        type: "ordinal",
        scale: ordinal(classes),
        axis: { ...named, title: "predicted class" },
      },
      y: { field: "label", type: "ordinal", scale: ordinal(classes), axis: { ...named, title: "true class" } },
      color: {
        field: "share",
        type: "quantitative",
        scale: { domain: [0, 1], type: "sqrt", range: ["#ffffff", "#0072b2", "#00263d"] },
        legend: { title: "share of the row", format: ".0%" },
      },
    },
    config: {
      font: FONT_FAMILY,
      background: "white",
      view: { stroke: "#888888" },
      title: { fontSize: 16, fontWeight: "normal", offset: 12 },
      axis: { titleFontSize: 14, titleFontWeight: "normal", titlePadding: 10 },
    },
  };
}

function ordinal(classes: number): { domain: number[]; paddingInner: number; paddingOuter: number } {
  return { domain: Array.from({ length: classes }, (_, i) => i), paddingInner: 0, paddingOuter: 0 };
}

/** Cells that are not blank. */
function cells({ classes, counts }: ConfusionMatrix): { label: number; prediction: number; share: number }[] {
  const totals = Array.from({ length: classes }, (_, label) =>
    counts.subarray(label * classes, (label + 1) * classes).reduce((sum, count) => sum + count, 0),
  );
  return Array.from(counts, (count, i) => {
    const label = Math.floor(i / classes);
    return { label, prediction: i % classes, share: count / totals[label]! };
  }).filter(({ share }) => share > 0);
}
