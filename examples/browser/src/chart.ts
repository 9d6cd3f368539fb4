/** @file A chart of lines over epochs, drawn anew as training goes. */
import { makeSvg } from "./dom.ts";

/** One line: epochs that have passed, and the value there. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [epoch: number, value: number])[];
  /** Classes of its group: a colour, and how it is drawn. */
  readonly style: string;
  readonly dots?: boolean;
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  readonly epochs: number;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Fixed ends of the values. Default: 0, and a round number above all of them. */
  readonly top?: number;
}

const size = { width: 440, height: 240 };
const plot = { left: 52, top: 10, right: 430, bottom: 200 };

/** A whole step of 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-9))!;
}

/** Draws a chart into an SVG element. */
export function drawChart(svg: Element, { title, epochs, lines, format, top }: Chart): void {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const step = roundStep((top ?? Math.max(0.5, ...values)) / 5);
  const most = top ?? Math.ceil(Math.max(0.5, ...values) / step) * step;
  const placeX = (epoch: number) => plot.left + (epoch / epochs) * (plot.right - plot.left);
  const placeY = (value: number) => plot.bottom - (Math.min(value, most) / most) * (plot.bottom - plot.top);
  svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  svg.setAttribute("aria-label", spoken(title, lines, format));
  svg.replaceChildren(
    ...valueAxis(step, most, placeY, format),
    ...epochAxis(epochs, placeX),
    ...lines.map((line) => drawLine(line, placeX, placeY)),
  );
}

function valueAxis(step: number, most: number, placeY: (value: number) => number, format: (value: number) => string) {
  return Array.from({ length: Math.round(most / step) + 1 }, (_, i) => {
    const y = placeY(i * step);
    return makeSvg(
      "g",
      {},
      makeSvg("line", { class: i === 0 ? "axis" : "grid", x1: plot.left, x2: plot.right, y1: y, y2: y }),
      makeSvg("text", { x: plot.left - 6, y: y + 4, "text-anchor": "end" }, format(i * step)),
    );
  });
}

function epochAxis(epochs: number, placeX: (epoch: number) => number) {
  const step = Math.max(1, roundStep(epochs / 8));
  const marks = Array.from({ length: Math.floor(epochs / step) + 1 }, (_, i) =>
    makeSvg("text", { x: placeX(i * step), y: plot.bottom + 17, "text-anchor": "middle" }, String(i * step)),
  );
  const middle = (plot.left + plot.right) / 2;
  return [...marks, makeSvg("text", { x: middle, y: plot.bottom + 34, "text-anchor": "middle" }, "epochs")];
}

function drawLine(
  { points, style, dots = false }: Line,
  placeX: (epoch: number) => number,
  placeY: (value: number) => number,
): SVGElement {
  const places = points.map(([epoch, value]) => [placeX(epoch).toFixed(1), placeY(value).toFixed(1)] as const);
  const path = makeSvg("path", { d: places.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("") });
  const circles = dots ? places.map(([cx, cy]) => makeSvg("circle", { cx, cy, r: 3 })) : [];
  return makeSvg("g", { class: `series ${style}` }, path, ...circles);
}

/** What somebody is told who does not see the drawing. */
function spoken(title: string, lines: readonly Line[], format: (value: number) => string): string {
  const ends = lines.flatMap(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return first && last ? [`${name} from ${format(first[1])} to ${format(last[1])}`] : [];
  });
  return `${title}: ${ends.join("; ") || "nothing yet"}`;
}
