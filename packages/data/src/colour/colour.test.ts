import { describe, expect, it } from "vitest";
import { colourisationSet } from "./colourisation-set.ts";
import type { Colours } from "./colours.ts";
import { kMeansColours } from "./k-means-colours.ts";
import { nearestColours, paintColours } from "./nearest-colours.ts";
import { overlayMask } from "./overlay-mask.ts";

const three: Colours = { centres: Float64Array.of(0, 0, 0, 0.5, 0.5, 0.5, 1, 0, 0), shape: [3, 3] };

describe("nearestColours", () => {
  it("finds the nearest centre of each pixel, and of equally near ones the first", () => {
    const pixels = Uint8Array.of(10, 0, 0, 250, 20, 10, 120, 130, 140, 64, 64, 64);
    expect([...nearestColours(pixels, three)]).toEqual([0, 2, 1, 0]);
  });

  it("agrees with plain search on every pixel", () => {
    const pixels = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) % 256);
    const labels = nearestColours(pixels, three);
    for (let i = 0; i < labels.length; i++) {
      const distances = [0, 1, 2].map((k) =>
        [0, 1, 2].reduce((sum, c) => sum + (three.centres[3 * k + c]! - pixels[3 * i + c]! / 256) ** 2, 0),
      );
      expect(labels[i]).toBe(distances.indexOf(Math.min(...distances)));
    }
  });

  it("is undone by paintColours for the centres' own colours", () => {
    const painted = paintColours([2, 0, 1], three);
    expect([...painted]).toEqual([255, 0, 0, 0, 0, 0, 128, 128, 128]);
    expect([...nearestColours(painted, three)]).toEqual([2, 0, 1]);
    expect(() => paintColours([0, 3], three)).toThrow("paintColours: pixel 1: expected a colour from 0 to 2, got 3");
  });
});

describe("kMeansColours", () => {
  /** Three clouds of colours, far from each other, of 300, 200 and 100 pixels. */
  const clouds = Uint8Array.from(
    [
      [300, 40, 60, 80],
      [200, 200, 30, 30],
      [100, 120, 220, 240],
    ].flatMap(([count, ...middle]) =>
      Array.from({ length: count! }, (_, i) => middle.map((value, c) => value + ((i * (c + 3)) % 7) - 3)).flat(),
    ),
  );

  it("finds the middles of clouds", () => {
    const { centres, shape } = kMeansColours(clouds, { count: 3, seed: 1 });
    expect(shape).toEqual([3, 3]);
    const found = [0, 3, 6].map((at) => [...centres.subarray(at, at + 3)].map((value) => Math.round(value * 256)));
    expect(found.sort((a, b) => a[0]! - b[0]!)).toEqual([
      [40, 60, 80],
      [120, 220, 240],
      [200, 30, 30],
    ]);
  });

  it("leaves every centre at the mean of its own pixels, and gives the same for the same seed", () => {
    const pixels = Uint8Array.from({ length: 6000 }, (_, i) => (i * i * 31 + i * 17) % 256);
    const colours = kMeansColours(pixels, { count: 5, seed: 3, iterations: 500 });
    expect(kMeansColours(pixels, { count: 5, seed: 3, iterations: 500 })).toEqual(colours);
    const labels = nearestColours(pixels, colours);
    for (let k = 0; k < 5; k++) {
      const own = [...labels.keys()].filter((i) => labels[i] === k);
      for (let c = 0; c < 3; c++) {
        const mean = own.reduce((sum, i) => sum + pixels[3 * i + c]! / 256, 0) / own.length;
        expect(colours.centres[3 * k + c]).toBeCloseTo(mean, 12);
      }
    }
  });

  it("refuses more colours than there are", () => {
    expect(() => kMeansColours(Uint8Array.of(1, 2, 3, 1, 2, 3), { count: 2 })).toThrow(
      "kMeansColours: count: expected at most the 1 colours there are, got 2",
    );
  });
});

it("colourisationSet has grey pixels of 0 to 1 and a colour for each", () => {
  const images = Uint8Array.of(3, 6, 9, 255, 0, 0, 128, 128, 128, 0, 0, 0);
  const set = colourisationSet({ images, labels: Int32Array.of(7), shape: [1, 2, 2, 3] }, three);
  expect(set.shape).toEqual([1, 2, 2, 1]);
  expect(set.labelShape).toEqual([1, 2, 2]);
  expect([...set.images]).toEqual([...Float32Array.of(6 / 256, 85 / 256, 0.5, 0)]);
  expect([...set.labels]).toEqual([0, 2, 1, 0]);
});

describe("overlayMask", () => {
  const image = { pixels: Uint8Array.of(100, 100, 100, 0, 0, 0, 50, 60, 70, 1, 2, 3), height: 1, width: 4 };

  it("mixes each class's colour in, and leaves what has none", () => {
    const colours = [null, [200, 0, 101]] as const;
    const { pixels } = overlayMask(image, [1, 1, 0, -1], { colours, opacity: 0.5 });
    expect([...pixels]).toEqual([150, 50, 101, 100, 0, 51, 50, 60, 70, 1, 2, 3]);
    expect([...overlayMask(image, [1, 1, 1, 1], { colours, opacity: 0 }).pixels]).toEqual([...image.pixels]);
  });

  it("refuses what does not fit", () => {
    expect(() => overlayMask(image, [1], { colours: [] })).toThrow(
      "overlayMask: labels: expected 4, one a pixel, got 1",
    );
    expect(() => overlayMask(image, [0, 0, 0, 0], { colours: [], opacity: 2 })).toThrow("overlayMask: opacity");
  });
});
