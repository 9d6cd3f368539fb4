import { expect, it } from "vitest";
import { chartFigure, lineChart } from "./line-chart.ts";

const chart = { id: "c", title: "Loss", x: [1, 2, 3, 4], format: (value: number) => value.toFixed(1) };

function paths(text: string): string[] {
  return [...text.matchAll(/<g class="series [^>]*><path d="([^"]*)"/g)].map(([, d]) => d!);
}

it("places values on their scales", () => {
  const { text } = lineChart({ ...chart, series: [{ name: "training", values: [4, 3, 2, 0], color: 0 }] });
  // From 0 to 4 over 200 units of height, from 58 to 408 over three epochs.
  expect(paths(text)).toEqual(["M58 12L174.7 62L291.3 112L408 212"]);
  expect(text).toContain('aria-label="Loss over 4 epochs: training from 4.0 to 0.0"');
});

it("has a gap where a value is not known, and a point for one that is alone", () => {
  const x = Array.from({ length: 50 }, (_, i) => i + 1);
  const values = x.map((epoch) => (epoch === 2 || epoch === 4 ? null : epoch === 5 ? Number.NaN : epoch));
  const { text } = lineChart({ ...chart, x, series: [{ name: "a", values, color: 0 }] });
  expect(text).not.toMatch(/NaN|undefined/);
  expect(paths(text)[0]!.match(/M/g)).toHaveLength(3);
  expect(text.match(/<circle/g)).toHaveLength(2);
});

it("is a chart without any value, too", () => {
  const { text } = lineChart({ ...chart, x: [], series: [{ name: "a", values: [], color: 0 }] });
  expect(text).toContain("nothing yet");
  expect(text).not.toMatch(/NaN|Infinity/);
});

it("names what the script shows of each epoch", () => {
  const { text } = lineChart({ ...chart, x: [1], series: [{ name: "a<b", values: [0.25], color: 1, dashed: true }] });
  const json = /data-points="([^"]*)"/.exec(text)![1]!.replaceAll("&quot;", '"').replaceAll("&lt;", "<");
  expect(JSON.parse(json)).toMatchObject({ x: [{ epoch: 1 }], series: [{ name: "a<b", values: [{ text: "0.3" }] }] });
});

it("has a legend with every line", () => {
  const { text } = chartFigure({ ...chart, series: [0, 1].map((color) => ({ name: `s${color}`, values: [], color })) });
  expect([...text.matchAll(/<\/svg>(s\d)<\/li>/g)].map(([, name]) => name)).toEqual(["s0", "s1"]);
});
