import type { EpochResult } from "@tessera/nn";
import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { curvesSvg } from "./curves.ts";
import { toPng } from "./png.ts";

const KEYS = ["loss", "accuracy", "val_loss", "val_accuracy"] as const;

function epochs(count: number, { validation = true } = {}): EpochResult[] {
  return Array.from({ length: count }, (_, i) => {
    const learnt = 1 - Math.exp(-i / 8);
    const training = { loss: 4.6 - 4 * learnt, accuracy: 0.1 + 0.8 * learnt, top5_accuracy: 1 };
    const line = { epoch: i + 1, ...training, seconds: 1, images_per_second: 1 };
    return validation ? { ...line, val_loss: 4.5 - 3 * learnt, val_accuracy: 0.1 + 0.5 * learnt } : line;
  });
}

/** Texts of the elements whose group has the role. */
function texts(svg: string, role: string): string[] {
  const groups = svg.matchAll(new RegExp(`<g class="mark-text ${role}"[^>]*>(.*?)</g>`, "g"));
  return [...groups].flatMap(([, inside]) => [...inside!.matchAll(/>([^<]*)<\/text>/g)].map(([, text]) => text!));
}

/** The path of each line, and how many points are drawn. */
function marks(svg: string) {
  const lines = [...svg.matchAll(/<g class="mark-line role-mark[^>]*>(.*?)<\/g>/g)].map(([, inside]) =>
    [...inside!.matchAll(/<path [^>]*\bd="([^"]*)" stroke="(#\w+)"/g)].map(([, d, color]) => ({
      d: d!,
      color: color!,
    })),
  );
  const points = [...svg.matchAll(/aria-roledescription="point"/g)].length;
  return { lines, points };
}

/** Pixels darker than half that differ. */
function inkBetween(one: Uint8Array, other: Uint8Array): number {
  const [a, b] = [decode(one), decode(other)];
  return a.data.filter((value, i) => i % a.channels === 0 && value < 128 && b.data[i]! >= 128).length;
}

describe("curvesSvg", () => {
  it("draws the four curves in one plot under one legend", async () => {
    const svg = await curvesSvg(epochs(10));
    expect(texts(svg, "role-legend-label")).toEqual([...KEYS]);
    expect(svg.match(/class="mark-group role-legend"/g)).toHaveLength(1);
    expect(texts(svg, "role-axis-title")).toEqual(["epoch", "loss, accuracy"]);
    expect(texts(svg, "role-title-text")).toEqual(["Loss and accuracy"]);
    const { lines, points } = marks(svg);
    expect(lines.map((paths) => paths.length)).toEqual([1, 1, 1, 1]);
    expect(new Set(lines.flat().map(({ color }) => color)).size).toBe(4);
    expect(points).toBe(40);
  });

  it("places values on the scale of the y axis", async () => {
    const svg = await curvesSvg(epochs(2).map((result) => ({ ...result, loss: 4, accuracy: 1, val_loss: 2 })));
    const heights = marks(svg).lines.map(([path]) => Number(/^M[^,]*,([^L]*)/.exec(path!.d)![1]));
    expect(heights.slice(0, 3)).toEqual([0, 300, 200]);
  });

  it("leaves out curves that nobody measured", async () => {
    const svg = await curvesSvg(epochs(5, { validation: false }));
    expect(texts(svg, "role-legend-label")).toEqual(["loss", "accuracy"]);
    expect(marks(svg).lines).toHaveLength(2);
  });

  it.each([
    [1, ["1"]],
    [2, ["1", "2"]],
    [12, Array.from({ length: 12 }, (_, i) => `${i + 1}`)],
    [13, ["1", "4", "6", "8", "10", "12"]],
    [300, ["1", "50", "100", "150", "200", "250", "300"]],
  ])("counts %i epochs in whole numbers", async (count, ticks) => {
    const svg = await curvesSvg(epochs(count));
    const labels = texts(svg, "role-axis-label");
    expect(labels.slice(0, ticks.length)).toEqual(ticks);
    // The y axis comes next.
    expect(labels[ticks.length]).toBe("0.0");
    expect(marks(svg).points).toBe(count <= 40 ? 4 * count : 0);
  });

  it("has a gap where training diverged, and is still a picture", async () => {
    const history = epochs(5).map((result) => (result.epoch === 3 ? { ...result, loss: Number.NaN } : result));
    const svg = await curvesSvg(history);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(marks(svg).lines[0]![0]!.d.match(/M/g)).toHaveLength(2);
  });

  it("is a function of the history", async () => {
    expect(await curvesSvg(epochs(20))).toBe(await curvesSvg(epochs(20)));
  });

  it("refuses an empty history", () =>
    expect(curvesSvg([])).rejects.toThrow("curvesSvg: history: expected at least one epoch, got none"));

  it("is legible as a PNG: every text leaves ink", async () => {
    const svg = await curvesSvg(epochs(10));
    const png = toPng(svg);
    const elements = svg.match(/<text [^>]*>[^<]+<\/text>/g)!;
    expect(elements.length).toBeGreaterThan(20);
    for (const element of new Set(elements))
      expect(inkBetween(png, toPng(svg.replace(element, ""))), element).toBeGreaterThan(5);
  });
});
