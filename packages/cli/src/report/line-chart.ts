/** @file A chart of lines over epochs as SVG, drawn here: the page's script adds values under the pointer. */
import { epochTicks, type Scale, valueScale } from "./chart-scale.ts";
import { html, type Markup } from "./html.ts";

/** One line. */
export interface Series {
  readonly name: string;
  /** One for each x; `null` is a gap. */
  readonly values: readonly (number | null | undefined)[];
  /** Which of the stylesheet's colours, from 0. */
  readonly color: number;
  readonly dashed?: boolean;
}

/** What is drawn. */
export interface LineChart {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** Epochs, rising. */
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** A value as text, for the axis and under the pointer. */
  readonly format: (value: number) => string;
  readonly zero?: boolean;
}

const size = { width: 420, height: 250 };
const plot = { left: 58, top: 12, right: 408, bottom: 212 };
/** Above as many epochs, points would hide the lines. */
const mostPoints = 40;

/** The drawing alone, with what the script needs in `data-points`. */
export function lineChart({ id, title, x, series, format, zero = false }: LineChart): Markup {
  const finite = series.flatMap(({ values }) => values.filter(isKnown));
  const scale = valueScale(finite, { zero });
  const placeX = horizontal(x);
  const placeY = (value: number) => round(plot.bottom - ((value - scale.from) / (scale.to - scale.from)) * height);
  const points = {
    x: x.map((epoch) => ({ epoch, at: placeX(epoch) })),
    series: series.map(({ name, values }) => ({
      name,
      values: x.map((_, i) => (isKnown(values[i]) ? { text: format(values[i]), at: placeY(values[i]) } : null)),
    })),
  };
  return html`<svg class="chart" id="${id}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${spoken(title, x, series, format)}" data-points="${JSON.stringify(points)}">
${valueAxis(scale, placeY, format)}${epochAxis(x, placeX)}
${series.map((each) => line(each, x, placeX, placeY))}<g class="cursor" visibility="hidden"><line y1="${plot.top}" y2="${plot.bottom}"/></g></svg>`;
}

const height = plot.bottom - plot.top;

function horizontal(x: readonly number[]): (epoch: number) => number {
  const [first, last] = [x[0] ?? 1, x.at(-1) ?? 1];
  if (first === last) return () => (plot.left + plot.right) / 2;
  return (epoch) => round(plot.left + ((epoch - first) / (last - first)) * (plot.right - plot.left));
}

function valueAxis({ ticks }: Scale, placeY: (value: number) => number, format: (value: number) => string): Markup[] {
  const digits = ticks.map(format).map((text) => text.replace(/(\.\d*?)0+( %)?$/, "$1$2").replace(/\.( %)?$/, "$1"));
  return ticks.map((tick, i) => {
    const y = placeY(tick);
    return html`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y}" y2="${y}"/><text x="${plot.left - 6}" y="${y + 4}" text-anchor="end">${digits[i]!}</text>`;
  });
}

function epochAxis(x: readonly number[], placeX: (epoch: number) => number): Markup {
  const ticks = x.length === 0 ? [] : epochTicks(x[0]!, x.at(-1)!, 8);
  const marks = ticks.map(
    (tick) => html`<text x="${placeX(tick)}" y="${plot.bottom + 17}" text-anchor="middle">${tick}</text>`,
  );
  const middle = (plot.left + plot.right) / 2;
  return html`<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}"/>${marks}<text x="${middle}" y="${plot.bottom + 34}" text-anchor="middle">epoch</text>`;
}

function line(
  { values, color, dashed }: Series,
  x: readonly number[],
  placeX: (epoch: number) => number,
  placeY: (value: number) => number,
): Markup {
  const places = x.map((epoch, i) => (isKnown(values[i]) ? ([placeX(epoch), placeY(values[i])] as const) : null));
  const path = places.map((place, i) => place && `${places[i - 1] ? "L" : "M"}${place[0]} ${place[1]}`);
  // Alone between gaps, a point would leave no line to see.
  const dots = places.filter((place, i) => {
    return place && (x.length <= mostPoints || !(places[i - 1] || places[i + 1]));
  });
  const circles = dots.map((place) => html`<circle cx="${place![0]}" cy="${place![1]}" r="2.5"/>`);
  return html`<g class="series c${color}${dashed ? " dashed" : ""}"><path d="${path.filter(Boolean).join("")}"/>${circles}</g>`;
}

/** What somebody is told who does not see the drawing. */
function spoken(
  title: string,
  x: readonly number[],
  series: readonly Series[],
  format: (value: number) => string,
): string {
  const ends = series.flatMap(({ name, values }) => {
    const known = values.filter(isKnown);
    return known.length === 0 ? [] : [`${name} from ${format(known[0]!)} to ${format(known.at(-1)!)}`];
  });
  return `${title} over ${x.length} ${x.length === 1 ? "epoch" : "epochs"}: ${ends.join("; ") || "nothing yet"}`;
}

/** The drawing in a figure with its title, its legend and a place for the values under the pointer. */
export function chartFigure(chart: LineChart): Markup {
  const legend = chart.series.map(
    ({ name, color, dashed }) =>
      html`<li><svg class="key" viewBox="0 0 28 8" aria-hidden="true"><g class="series c${color}${dashed ? " dashed" : ""}"><path d="M0 4H28"/></g></svg>${name}</li>`,
  );
  return html`<figure class="chart-figure"><figcaption>${chart.title}</figcaption>
${lineChart(chart)}
<ul class="legend">${legend}</ul><output class="values" for="${chart.id}"></output></figure>`;
}

function isKnown(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
