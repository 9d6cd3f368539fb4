import type { EpochResult } from "@tessera/nn";
import type { TopLevelSpec } from "vega-lite";
import { epochTicks } from "../report/chart-scale.ts";
import { FONT_FAMILY } from "./text.ts";

/**
 * The curves in the order of the legend. Hue tells loss from accuracy, dashes what was measured on validation data.
 * The colours are Okabe and Ito's, which colour-blind readers can tell apart.
 */
const CURVES = [
  { key: "loss", color: "#0072b2", dash: [1, 0] },
  { key: "accuracy", color: "#d55e00", dash: [1, 0] },
  { key: "val_loss", color: "#56b4e9", dash: [6, 4] },
  { key: "val_accuracy", color: "#e69f00", dash: [6, 4] },
] as const;

/** Above as many epochs, points would hide the lines. */
const MOST_POINTS = 40;

/**
 * The curves of training in one plot under one legend: loss, accuracy, val_loss and val_accuracy against the epoch.
 *
 * @param history what `fit` returned, or the lines of `history.jsonl`. A curve that no epoch has is left out of plot
 *   and legend; where a value is missing or not finite, its curve has a gap.
 * @returns an SVG of about 900 × 510 pixels, a pure function of the history.
 * @throws Error if the history is empty.
 */
export async function curvesSvg(history: readonly EpochResult[]): Promise<string> {
  if (history.length === 0) throw new Error("curvesSvg: history: expected at least one epoch, got none");
  // Slow to load, and few commands draw curves.
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const { spec } = vegaLite.compile(plot(history));
  const view = new vega.View(vega.parse(spec), { renderer: "none", logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function plot(history: readonly EpochResult[]): TopLevelSpec {
  const curves = CURVES.filter(({ key }) => history.some((result) => result[key] !== undefined));
  const keys = curves.map(({ key }) => key);
  return {
    width: 640,
    height: 400,
    padding: 16,
    title: "Loss and accuracy",
    data: { values: keys.flatMap((key) => points(history, key)) },
    mark: { type: "line", strokeWidth: 2, point: history.length <= MOST_POINTS && { size: 36 } },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        scale: { zero: false, nice: false },
        axis: { title: "epoch", values: ticks(history), format: "d", grid: false, labelFlush: false },
      },
      y: { field: "value", type: "quantitative", axis: { title: "loss, accuracy", tickCount: 10 } },
      color: {
        field: "curve",
        type: "nominal",
        scale: { domain: keys, range: curves.map(({ color }) => color) },
        legend: { title: null },
      },
      strokeDash: {
        field: "curve",
        type: "nominal",
        scale: { domain: keys, range: curves.map(({ dash }) => [...dash]) },
        legend: { title: null },
      },
    },
    config: {
      font: FONT_FAMILY,
      background: "white",
      view: { stroke: null },
      title: { fontSize: 16, fontWeight: "normal", offset: 12 },
      axis: { labelFontSize: 13, titleFontSize: 14, titleFontWeight: "normal", titlePadding: 10 },
      legend: { labelFontSize: 13, symbolType: "stroke", symbolSize: 600, symbolStrokeWidth: 2, offset: 16 },
    },
  };
}

function ticks(history: readonly EpochResult[]): number[] {
  const epochs = history.map(({ epoch }) => epoch);
  // Vega's own are not whole.
  return epochTicks(Math.min(...epochs), Math.max(...epochs), 11);
}

/** JSON has no NaN, and a chart no place for it: such a value is null, a gap. */
function points(history: readonly EpochResult[], key: (typeof CURVES)[number]["key"]) {
  return history.map((result) => {
    const value = result[key];
    return { epoch: result.epoch, curve: key, value: Number.isFinite(value) ? value : null };
  });
}
