/** @file Curves of several runs in one chart, as a page or as a picture. */
import { asset, documentHtml } from "./document.ts";
import { html, Markup } from "./html.ts";
import { chartFigure, type LineChart, lineChart } from "./line-chart.ts";
import { formatValue, isShare, titleOf } from "./measures.ts";
import type { RunFacts } from "./run-facts.ts";

/** The stylesheet has as many colours; with dashes there are twice as many kinds of line. */
const colors = 8;
/** More lines than this nobody tells apart. */
const mostRuns = 2 * colors;

/**
 * Each run's validation, or training where nothing was validated, over its epochs.
 *
 * @param measure as `accuracy`
 * @throws Error if no run has the measure, or there are too many runs
 */
export function comparisonChart(runs: readonly RunFacts[], measure: string): LineChart {
  const keyed = runs.flatMap((run) => {
    const key = [`val_${measure}`, measure].find((each) => run.history.keys.includes(each));
    return key === undefined ? [] : [{ run, key }];
  });
  if (keyed.length === 0) throw new Error(`no run has ${measure} in its history`);
  if (keyed.length > mostRuns)
    throw new Error(`${keyed.length} runs are too many for a chart: name at most ${mostRuns}`);
  const x = [...new Set(keyed.flatMap(({ run }) => run.history.epochs.map(({ epoch }) => epoch)))].sort(
    (a, b) => a - b,
  );
  const series = keyed.map(({ run, key }, i) => {
    const values = new Map(run.history.epochs.map((line) => [line.epoch, line[key]]));
    const name = key === measure ? `${run.name} (training)` : run.name;
    return { name, values: x.map((epoch) => values.get(epoch)), color: i % colors, dashed: i >= colors };
  });
  const format = (value: number) => formatValue(measure, value);
  return { id: "comparison", title: titleOf(measure), x, series, format, zero: isShare(measure) };
}

/** A page of its own with the chart and the table of runs. */
export function comparisonHtml(chart: LineChart, runs: Markup): string {
  const body = html`<header><h1>${chart.title} of ${chart.series.length} runs</h1></header>
<main id="main">
<section class="alone" aria-label="Curves">${chartFigure(chart)}</section>
<section aria-label="Runs">${runs}</section>
</main>
<footer><p>Made by Tessera.</p></footer>`;
  return documentHtml({ title: `${chart.title} of ${chart.series.length} runs`, body });
}

/** A picture of its own, in the colours of light pages. */
export function comparisonSvg(chart: LineChart): string {
  const legend = chart.series.map(({ name, color, dashed }, i) => {
    const y = 285 + 18 * i;
    return html`<g class="series c${color}${dashed ? " dashed" : ""}"><path d="M58 ${y - 4}h28"/></g><text x="94" y="${y}">${name}</text>`;
  });
  const height = 290 + 18 * chart.series.length;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 420 ${height}" width="840" height="${2 * height}">
<style>${new Markup(plainStyle(asset("chart.css")))}</style>
<rect width="420" height="${height}" fill="#ffffff"/><text x="58" y="20">${chart.title}</text>
<svg y="22" width="420" height="250">${lineChart(chart)}</svg>
${legend}</svg>
`.text;
}

/** Not every program that draws SVG knows variables or media queries. */
function plainStyle(css: string): string {
  const [root, rest] = [css.slice(0, css.indexOf("@media")), css.slice(css.indexOf(".chart {"))];
  const values = new Map([...root.matchAll(/(--[\w-]+): (#\w+)/g)].map(([, name, value]) => [name, value!]));
  return rest.replace(/var\((--[\w-]+)\)/g, (_, name: string) => values.get(name)!);
}
