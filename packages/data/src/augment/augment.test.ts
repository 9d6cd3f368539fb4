import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noise } from "../../fixtures/noise.ts";
import type { ImageSet } from "../image-set.ts";
import { toCategorical } from "../one-hot.ts";
import { type Batch, batches } from "../pipeline/batches.ts";
import { Dataset } from "../pipeline/dataset.ts";
import { Preprocessor } from "../preprocess/preprocessor.ts";
import { augment } from "./augment.ts";
import { cropGenerator, randomCrop } from "./crop.ts";
import { ImageDataGenerator } from "./image-data-generator.ts";
import { colorImages, preprocessImage } from "./preprocess-image.ts";
import { floatBatch, toFloat } from "./to-float.ts";

function batchOf(count: number, height: number, width: number, channels: number): Batch {
  // No zeros, so that what is 0 in a result is padding.
  const images = noise(count * height * width * channels).map((x) => x | 1);
  const indices = Uint32Array.from({ length: count }, (_, i) => 1000 + i);
  return { images, labels: new Int32Array(count), shape: [count, height, width, channels], indices };
}

/** Every window of a padded image, plain and mirrored, as text. */
function windows(image: Uint8Array, height: number, width: number, channels: number, pad: number): Map<string, string> {
  const pixel = (y: number, x: number, channel: number) =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : image[(y * width + x) * channels + channel]!;
  const found = new Map<string, string>();
  for (let dy = -pad; dy <= pad; dy++) {
    for (let dx = -pad; dx <= pad; dx++) {
      for (const mirrored of [false, true]) {
        const values: number[] = [];
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            for (let channel = 0; channel < channels; channel++) {
              values.push(pixel(y + dy, (mirrored ? width - 1 - x : x) + dx, channel));
            }
          }
        }
        found.set(values.join(), `${dy} ${dx} ${mirrored}`);
      }
    }
  }
  return found;
}

describe("augment", () => {
  it("gives a window of each padded image, plain or mirrored", () => {
    const side = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(side, side, fc.constantFrom(1, 3), fc.nat(7), fc.nat(99), (height, width, channels, pad, epoch) => {
        const batch = batchOf(3, height, width, channels);
        const { images, ...rest } = augment(batch, { pad, epoch });
        const { images: _, ...before } = batch;
        expect(rest).toEqual(before);
        const size = height * width * channels;
        for (let i = 0; i < 3; i++) {
          const expected = windows(batch.images.subarray(i * size, (i + 1) * size), height, width, channels, pad);
          expect(expected.has(images.subarray(i * size, (i + 1) * size).join()), `image ${i}`).toBe(true);
        }
      }),
    );
  });

  it("draws each of the 81 windows, and each mirrored, about as often", () => {
    const batch = batchOf(1, 9, 9, 1);
    const expected = windows(batch.images, 9, 9, 1, 4);
    expect(expected.size).toBe(162);
    const seen = new Map<string, number>();
    const draws = 162 * 100;
    for (let epoch = 0; epoch < draws; epoch++) {
      const window = expected.get(augment(batch, { epoch, seed: 2 ** 40 }).images.join())!;
      seen.set(window, (seen.get(window) ?? 0) + 1);
    }
    // χ² with 161 degrees of freedom: past 222.6 once in a thousand; the draws are fixed, so this is too.
    const chiSquared = [...seen.values()].reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0);
    expect(seen.size).toBe(162);
    expect(chiSquared).toBeLessThan(222.6);
  });

  it("is a pure function of seed, epoch and row, however the rows are batched", async () => {
    const set: ImageSet = { images: noise(20 * 27), labels: new Int32Array(20), shape: [20, 3, 3, 3] };
    const byRow = async (batchSize: number, options: { seed: number; epoch: number }) => {
      const rows = new Map<number, string>();
      for await (const batch of batches(set, { batchSize, shuffle: true })) {
        const { images } = augment(batch, { pad: 1, ...options });
        for (const [i, row] of batch.indices.entries()) rows.set(row, images.subarray(i * 27, (i + 1) * 27).join());
      }
      return rows;
    };
    const one = await byRow(7, { seed: 1, epoch: 2 });
    expect(await byRow(20, { seed: 1, epoch: 2 })).toEqual(new Map([...(await byRow(3, { seed: 1, epoch: 2 }))]));
    for (const other of [
      { seed: 1, epoch: 3 },
      { seed: 2, epoch: 2 },
      { seed: 2 ** 32 + 1, epoch: 2 },
    ]) {
      const rows = await byRow(7, other);
      expect([...rows].filter(([row, text]) => text !== one.get(row)).length).toBeGreaterThan(10);
    }
  });

  it("never changes: checkpoints resume by it", () => {
    const { images } = augment(batchOf(2, 2, 2, 1), { pad: 1, seed: 1, epoch: 1 });
    expect([...images]).toMatchInlineSnapshot(`
      [
        159,
        0,
        219,
        0,
        121,
        0,
        181,
        0,
      ]
    `);
  });

  it("leaves its batch alone, and names what it cannot take", () => {
    const batch = batchOf(2, 2, 2, 3);
    const before = batch.images.slice();
    expect(augment(batch, { pad: 0, flip: false }).images).toEqual(before);
    augment(batch);
    expect(batch.images).toEqual(before);
    expect(() => augment(batch, { pad: -1 })).toThrow("augment: pad: expected an integer ≥ 0, got -1");
    expect(() => augment({ ...batch, indices: new Uint32Array(1) })).toThrow(
      "augment: indices: expected 2, one for each image, got 1",
    );
    expect(() => augment({ ...batch, images: new Uint8Array(3) })).toThrow("expected 24 values for [2,2,2,3], got 3");
  });
});

describe("randomCrop", () => {
  it("cuts rows dy from y and columns dx from x, the column drawn first", () => {
    const pixels = Uint8Array.from({ length: 24 }, (_, i) => i); // 3 × 4 × 2
    const asked: number[] = [];
    const draws = [1, 0];
    const draw = (most: number) => {
      asked.push(most);
      return draws.shift()!;
    };
    expect(randomCrop({ pixels, shape: [3, 4, 2] }, [2, 3], draw)).toEqual({
      pixels: Uint8Array.of(2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15),
      shape: [2, 3, 2],
    });
    expect(asked).toEqual([1, 1]);
    expect(() => randomCrop({ pixels, shape: [3, 4, 2] }, [4, 3], draw)).toThrow(
      "randomCrop: dy: expected an integer from 1 to 3, got 4",
    );
  });

  it("of the image's own size changes nothing", () => {
    const pixels = Float32Array.of(0.5, 1, 2, 3);
    expect(randomCrop({ pixels, shape: [2, 2, 1] }, [2, 2], () => 0)).toEqual({ pixels, shape: [2, 2, 1] });
  });
});

describe("cropGenerator", () => {
  it("crops every image of every batch, alike for the same seed", async () => {
    const walk = async (seed: number, epoch = 0) => {
      const found: Batch[] = [];
      const all = [batchOf(2, 4, 5, 3), batchOf(3, 3, 3, 3)];
      for await (const batch of cropGenerator(all, 3, { seed, epoch })) found.push(batch);
      return found;
    };
    const [first, second] = await walk(1);
    expect([first!.shape, second!.shape]).toEqual([
      [2, 3, 3, 3],
      [3, 3, 3, 3],
    ]);
    expect(second!.images).toEqual(batchOf(3, 3, 3, 3).images);
    expect(await walk(1)).toEqual([first, second]);
    const seeds = await Promise.all(Array.from({ length: 9 }, (_, seed) => walk(seed)));
    expect(new Set(seeds.map(([batch]) => batch!.images.join())).size).toBeGreaterThan(4);
    const epochs = await Promise.all([0, 1, 2, 3, 4, 5].map((epoch) => walk(1, epoch)));
    expect(epochs[0]).toEqual([first, second]);
    expect(await walk(1, 5)).toEqual(epochs[5]);
    expect(new Set(epochs.map(([batch]) => batch!.images.join())).size).toBeGreaterThan(3);
    await expect(cropGenerator([], 2, { epoch: -1 }).next()).rejects.toThrow(
      "cropGenerator: epoch: expected an integer",
    );
    await expect(cropGenerator([batchOf(1, 2, 2, 1)], 2).next()).rejects.toThrow(
      "cropGenerator: channels: expected images of 3, got 1",
    );
  });
});

describe("ImageDataGenerator", () => {
  const set: ImageSet = {
    images: noise(10 * 27),
    labels: Int32Array.from({ length: 10 }, (_, i) => i),
    shape: [10, 3, 3, 3],
  };

  it("flips, then centres and whitens, epoch after epoch", async () => {
    const generator = new ImageDataGenerator({ samplewiseCenter: true, zcaWhitening: true, horizontalFlip: true });
    await generator.fit(set);
    const fitted = await Preprocessor.fit(set, { normalize: "keras" });
    const sizes: number[] = [];
    let step = 0;
    for await (const batch of generator.flow(set, { batchSize: 4, seed: 3 })) {
      const epoch = Math.floor(step / 3);
      sizes.push(batch.shape[0]);
      const rows = [...batch.indices].map((row) => set.images.subarray(row * 27, (row + 1) * 27));
      const raw = { ...batch, images: Uint8Array.from(rows.flatMap((row) => [...row])) };
      const flipped = augment(raw, { pad: 0, seed: 3, epoch });
      expect(batch.images).toEqual(await fitted.apply(flipped.images, flipped.shape));
      expect([...batch.labels]).toEqual([...batch.indices]);
      if (++step === 7) break;
    }
    expect(sizes).toEqual([4, 4, 2, 4, 4, 2, 4]);
  });

  it("centres, or only scales, without being fitted", async () => {
    const [centred] = [await new ImageDataGenerator({ samplewiseCenter: true }).flow(set).next()];
    const sum = centred.value!.images.subarray(0, 27).reduce((total, x) => total + x, 0);
    expect(Math.abs(sum)).toBeLessThan(27 * 2 ** -24);
    const plain = await new ImageDataGenerator().flow(set, { shuffle: false }).next();
    expect(plain.value!.images).toEqual(Float32Array.from(set.images, (x) => x / 255));
  });

  it("says what is missing", async () => {
    expect(() => new ImageDataGenerator({ zcaWhitening: true })).toThrow("expected samplewiseCenter with it");
    const generator = new ImageDataGenerator({ samplewiseCenter: true, zcaWhitening: true });
    await expect(generator.flow(set).next()).rejects.toThrow("zcaWhitening needs fit(train) first");
  });
});

describe("toFloat", () => {
  it("scales by mean and deviation, one or one a channel", () => {
    expect(toFloat(Uint8Array.of(0, 255, 51), 3)).toEqual(Float32Array.of(0, 1, 0.2));
    expect(toFloat(Uint8Array.of(0, 255), 1, { mean: 127.5, deviation: 127.5 })).toEqual(Float32Array.of(-1, 1));
    const options = { mean: [1, 2], deviation: [1, 4] };
    expect(toFloat(Uint8Array.of(1, 2, 3, 4), 2, options)).toEqual(Float32Array.of(0, 0, 2, 0.5));
    expect(() => toFloat(new Uint8Array(3), 3, { mean: [1, 2] })).toThrow(
      "toFloat: mean: expected 3 numbers, one a channel, got 2",
    );
    const batch = batchOf(2, 2, 2, 3);
    expect(floatBatch(batch)).toEqual({ ...batch, images: toFloat(batch.images, 3) });
  });
});

describe("toCategorical", () => {
  it("gives a row for each label", () => {
    expect([...toCategorical([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
    expect(toCategorical(new Int32Array(50_000).fill(99), 100)).toHaveLength(50_000 * 100);
    expect([...toCategorical(Int32Array.of(1, 0))]).toEqual([0, 1, 1, 0]);
    expect(() => toCategorical([0, 3], 3)).toThrow("toCategorical: record 1: expected a label from 0 to 2, got 3");
    expect(() => toCategorical([-1], 3)).toThrow("toCategorical: record 0: expected a label from 0 to 2, got -1");
  });
});

describe("preprocessImage", () => {
  it("scales to 0 … 1 and leaves 32 × 32 alone", () => {
    const image = noise(32 * 32 * 3);
    const result = preprocessImage({ image, shape: [32, 32, 3], label: 4 });
    expect(result).toEqual({ image: Float32Array.from(image, (x) => x / 255), shape: [32, 32, 3], label: 4 });
  });

  it("resizes as tf.image.resize does: half-pixel centres, no antialiasing", () => {
    const image = [0, 100, 200, 50].flatMap((x) => [x, x, 255]);
    const { image: resized } = preprocessImage({ image: Uint8Array.from(image), shape: [2, 2, 3], label: 0 }, 4);
    const red = [...resized].filter((_, i) => i % 3 === 0).map((x) => x * 255);
    // Rows and columns at −¼, ¼, ¾, 1¼ of the source: by hand.
    const expected = [0, 25, 75, 100, 50, 59.375, 78.125, 87.5, 150, 128.125, 84.375, 62.5, 200, 162.5, 87.5, 50];
    for (const [i, value] of expected.entries()) expect(red[i]).toBeCloseTo(value, 4);
    const blue = [...resized].filter((_, i) => i % 3 === 2);
    expect(Math.max(...blue.map((x) => Math.abs(x - 1)))).toBeLessThan(1e-6);
    // Half the size takes the mean of two by two, as its places lie between four pixels.
    expect(
      preprocessImage({ image: Uint8Array.from(image), shape: [2, 2, 3], label: 0 }, 1).image[0]! * 255,
    ).toBeCloseTo(87.5, 4);
  });

  it("is fed lazily, grey images stacked to three channels", async () => {
    let made = 0;
    function* records() {
      for (const shape of [
        [1, 2, 3],
        [1, 2],
        [2, 2, 4],
      ]) {
        made++;
        yield { image: noise(shape.reduce((a, b) => a * b, 1)).map((x, i) => x + i), shape, label: made };
      }
    }
    const dataset = Dataset.fromGenerator(() => colorImages(records()));
    const walk = dataset.iterate();
    const first = await walk.next();
    expect([made, first.value!.label, first.value!.shape]).toEqual([1, 1, [1, 2, 3]]);
    const grey = (await walk.next()).value!;
    const [a, b] = [grey.image[0]!, grey.image[3]!];
    expect(grey).toMatchObject({ shape: [1, 2, 3], image: Uint8Array.of(a, a, a, b, b, b) });
    await expect(walk.next()).rejects.toThrow(
      "colorImages: record 2: expected [H, W, 3] or [H, W], got 16 bytes of [2, 2, 4]",
    );
  });
});
