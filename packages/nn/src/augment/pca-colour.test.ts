import { openDevice, scope, setDefaultDevice, stepSlot, tensor } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pcaColour } from "./pca-colour.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

const values = [0.2, 0.02, 0.005];
const vectors = [
  [0.6, 0.6, Math.sqrt(1 - 0.72)],
  [0.8, -0.6, 0],
  [0, 0, 1],
];

/** What is added to each of `count` images in a step: images of zeros come out as nothing else. */
async function shifts(step: number, options: Partial<Parameters<typeof pcaColour>[0]> = {}, count = 400) {
  device.stepWords.setInteger(stepSlot, step);
  const transform = pcaColour({ values, vectors, seed: 5, ...options });
  const result = scope(() => {
    const images = tensor(new Float32Array(count * 4 * 3), [count, 2, 2, 3]);
    return transform({ images, targets: tensor(new Int32Array(count)) }).images;
  });
  const data = (await result.data()) as Float32Array;
  result.dispose();
  return data;
}

it("adds the same to all pixels of an image, another in each image and step, by the seed alone", async () => {
  const first = await shifts(1);
  for (let i = 0; i < 400; i++) {
    for (const pixel of [1, 2, 3]) {
      expect(first.slice(i * 12 + pixel * 3, i * 12 + pixel * 3 + 3)).toEqual(first.slice(i * 12, i * 12 + 3));
    }
  }
  expect(new Set(Array.from({ length: 400 }, (_, i) => first[i * 12])).size).toBe(400);
  expect(await shifts(1)).toEqual(first);
  expect(await shifts(2)).not.toEqual(first);
  expect(await shifts(1, { seed: 6 })).not.toEqual(first);
});

it("varies along each vector by sigma times its value, in units of the scaled pixels", async () => {
  // Vectors that are orthogonal, so that what is along one is its factor alone.
  const axes = [
    [0, 1, 0],
    [1, 0, 0],
    [0, 0, 1],
  ];
  const count = 20_000;
  const data = await shifts(3, { vectors: axes, sigma: 0.5, deviation: [255, 51, 255] }, count);
  // Standard deviations by channel; that of n normal draws is off by 1/√(2n) of itself, five times which is allowed.
  const expected = [0.5 * 0.02, 0.5 * 0.2 * 5, 0.5 * 0.005];
  for (const [channel, deviation] of expected.entries()) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < count; i++) {
      const value = data[i * 12 + channel]!;
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / count)).toBeLessThan((5 * deviation) / Math.sqrt(count));
    expect(Math.abs(Math.sqrt(squares / count) / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * count));
  }
});

it("refuses what does not fit", async () => {
  expect(() => pcaColour({ values, vectors: vectors.slice(1), seed: 0 })).toThrow(
    "pcaColour: expected 3 vectors as long, one a value, got [3, 3]",
  );
  expect(() => pcaColour({ values, vectors, seed: 0, sigma: -1 })).toThrow("sigma must be a number of at least 0");
  const grey = pcaColour({ values, vectors, seed: 0 });
  scope(() => {
    const images = tensor(new Float32Array(4), [1, 2, 2, 1]);
    expect(() => grey({ images, targets: images })).toThrow("pcaColour: images must have 3 channels, got 1");
  });
});
