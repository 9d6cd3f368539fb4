// What transforms do to batches: on every device the same bits, and what their papers say.
import { crossEntropy, scope, stepSlot, tensor, uniform } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, describe, expect, it } from "vitest";
import type { BatchTransform } from "./batch-transform.ts";
import { compose } from "./batch-transform.ts";
import { horizontalFlip, padCrop } from "./crops.ts";
import { Draws } from "./draws.ts";
import { coarseDropout, cutout, randomErasing } from "./erasing.ts";
import { cutmix, mixup } from "./mixing.ts";
import { someOfCropFlipDropout } from "./some-of-crop-flip-dropout.ts";

const devices = await openTestDevices();
const [count, height, width, channels, classes] = [24, 10, 12, 3, 5] as const;
const shape = [count, height, width, channels] as const;
const pixels = uniform({ seed: 3, stream: 0 }, count * height * width * channels, 1, 2);
const labels = Int32Array.from({ length: count }, (_, i) => i % classes);

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

type Device = (typeof devices)[number]["device"];

async function applied(transform: BatchTransform, device: Device, step = 7) {
  device.stepWords.setInteger(stepSlot, step);
  const { images, targets } = scope(() =>
    transform({ images: tensor(pixels, shape, { device }), targets: tensor(labels, [count], { device }) }),
  );
  const result = { images: (await images.data()) as Float32Array, targets: (await targets.data()) as Float32Array };
  images.dispose();
  targets.dispose();
  device.stepWords.setInteger(stepSlot, 0);
  return result;
}

/** The value at each (b, i, j, c). */
function at(values: Float32Array, b: number, i: number, j: number, c: number): number {
  return values[((b * height + i) * width + j) * channels + c]!;
}

const seed = 5;
const copies: [string, BatchTransform][] = [
  ["padCrop", padCrop({ seed, padding: 3, fill: [7, 8, 9] })],
  ["horizontalFlip", horizontalFlip({ seed })],
  ["cutout", cutout({ seed, size: 5, holes: 2 })],
  ["randomErasing", randomErasing({ seed })],
  ["randomErasing with colours", randomErasing({ seed, fill: { low: -2, high: -1 } })],
  ["coarseDropout", coarseDropout({ seed })],
  ["cutmix", cutmix({ seed, classes })],
  ["all in a row", compose(padCrop({ seed }), horizontalFlip({ seed }), cutout({ seed, size: 4 }))],
];

describe.each(copies)("%s", (_, transform) => {
  it("gives the same bits on every device, others in another step", async () => {
    const [first, ...others] = await Promise.all(devices.map(({ device }) => applied(transform, device)));
    for (const other of others) expect(other).toEqual(first);
    expect(first!.images).not.toEqual(pixels);
    expect(await applied(transform, devices[0]!.device)).toEqual(first);
    expect((await applied(transform, devices[0]!.device, 8)).images).not.toEqual(first!.images);
  });
});

describe.each(devices)("on $name", ({ device }) => {
  it("padCrop shifts each image by at most the padding, with fill outside", async () => {
    const { images } = await applied(padCrop({ seed, padding: 3, fill: [7, 8, 9] }), device);
    const shifts = Array.from({ length: count }, (_, b) => shiftOf(images, b, 3));
    expect(shifts).not.toContain(null);
    expect(new Set(shifts).size).toBeGreaterThan(10);
  });

  it("horizontalFlip mirrors whole images", async () => {
    const { images } = await applied(horizontalFlip({ seed }), device);
    const kinds = Array.from({ length: count }, (_, b) => {
      const same = at(images, b, 2, 3, 1) === at(pixels, b, 2, 3, 1);
      for (let j = 0; j < width; j++) {
        expect(at(images, b, 4, j, 2)).toBe(at(pixels, b, 4, same ? j : width - 1 - j, 2));
      }
      return same;
    });
    expect(new Set(kinds)).toEqual(new Set([true, false]));
  });

  it("mixup mixes images and targets by one share, and goes with label smoothing", async () => {
    const { images, targets } = await applied(mixup({ seed, classes, alpha: 0.4 }), device);
    const draws = new Draws({ seed, stream: 2 ** 31 + 3, counter: 7 }, 48);
    const share = draws.beta(0.4);
    const order = draws.permutation(count);
    const other = Array.from({ length: count }, (_, b) => at(pixels, order[b]!, 1, 2, 0));
    other.forEach((value, b) => {
      // Three roundings of numbers below 2.
      expect(Math.abs(at(images, b, 1, 2, 0) - (share * at(pixels, b, 1, 2, 0) + (1 - share) * value))).toBeLessThan(
        4e-7,
      );
      const own = targets.subarray(b * classes, (b + 1) * classes);
      const expected = Array.from({ length: classes }, (_, c) => {
        return (labels[b] === c ? share : 0) + (labels[order[b]!] === c ? 1 - share : 0);
      });
      for (const [c, each] of expected.entries()) expect(Math.abs(own[c]! - each)).toBeLessThan(2e-7);
    });
    const loss = scope(() =>
      crossEntropy(
        tensor(new Float32Array(count * classes), [count, classes], { device }),
        tensor(targets, [count, classes], { device }),
        { labelSmoothing: 0.1 },
      ),
    );
    expect((await loss.data())[0]).toBeCloseTo(Math.log(classes), 5);
    loss.dispose();
  });

  it("cutmix mixes targets by the very area that was pasted", async () => {
    for (const step of [1, 2, 3, 4]) {
      const { images, targets } = await applied(cutmix({ seed, classes }), device, step);
      let foreign = 0;
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) if (at(images, 0, i, j, 0) !== at(pixels, 0, i, j, 0)) foreign++;
      }
      const sums = Array.from({ length: count }, (_, b) => targets.subarray(b * classes, (b + 1) * classes));
      for (const each of sums) expect(each.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
      // Image 0 may be its own partner; its target then says 1.
      const own = sums[0]![labels[0]!]!;
      if (foreign > 0 && own < 1) expect(own).toBeCloseTo(1 - foreign / (height * width), 6);
    }
  });

  it("someOfCropFlipDropout with nothing chosen changes nothing", async () => {
    const { images } = await applied(someOfCropFlipDropout({ seed, count: [0, 0] }), device);
    expect(images).toEqual(pixels);
  });

  it("someOfCropFlipDropout draws values from between an image's own", async () => {
    const { images } = await applied(someOfCropFlipDropout({ seed }), device);
    const dropped = images.filter((value) => value === 0).length / images.length;
    // Half of the images lose 0 to 20 %: 5 % in the mean.
    expect(dropped).toBeGreaterThan(0.005);
    expect(dropped).toBeLessThan(0.15);
    expect(images.every((value) => value === 0 || (value >= 1 && value <= 2))).toBe(true);
  });
});

/** The (row, column) shift that explains every pixel of an image, or null. */
function shiftOf(images: Float32Array, b: number, most: number): string | null {
  for (let down = -most; down <= most; down++) {
    for (let across = -most; across <= most; across++) {
      const fits = Array.from({ length: height * width * channels }, (_, n) => n).every((n) => {
        const [i, j, c] = [Math.floor(n / (width * channels)), Math.floor(n / channels) % width, n % channels];
        const inside = i + down >= 0 && i + down < height && j + across >= 0 && j + across < width;
        return at(images, b, i, j, c) === (inside ? at(pixels, b, i + down, j + across, c) : 7 + c);
      });
      if (fits) return `${down} ${across}`;
    }
  }
  return null;
}

describe("what is drawn", () => {
  it.each([0.2, 1, 4])("Beta(%f, same) has its mean and variance", (alpha) => {
    const draws = new Draws({ seed: 9, stream: 1 });
    const values = Array.from({ length: 20_000 }, () => draws.beta(alpha));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / values.length;
    // Var = 1 / (4 (2 α + 1)); five deviations of the mean, and of a variance of values within 1/4.
    const expected = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(expected / 20_000));
    expect(Math.abs(variance - expected)).toBeLessThan((5 * 0.125) / Math.sqrt(20_000));
  });

  it("Beta of a tiny α is near 0 or 1, and never NaN", () => {
    const draws = new Draws({ seed: 9, stream: 2 });
    const values = Array.from({ length: 500 }, () => draws.beta(0.001));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it("randomErasing keeps to its probability, area and aspect", async () => {
    const { device } = devices[0]!;
    const options = { seed, probability: 1, area: [0.1, 0.2], aspect: [0.5, 2], fill: 0 } as const;
    const { images } = await applied(randomErasing(options), device);
    for (let b = 0; b < count; b++) {
      const erased = images
        .subarray(b * height * width * 3, (b + 1) * height * width * 3)
        .filter((value) => value === 0);
      // A side of round √(area · aspect) is off by half a pixel at most, of at least √(12 · 0.5) pixels.
      expect(erased.length / 3 / (height * width)).toBeGreaterThan(0.1 * 0.6);
      expect(erased.length / 3 / (height * width)).toBeLessThan(0.2 * 1.45);
    }
  });
});

describe("errors", () => {
  const targets = () => tensor(labels, [count], { device: devices[0]!.device });
  const images = () => tensor(pixels, shape, { device: devices[0]!.device });
  const cases: [() => unknown, string][] = [
    [() => padCrop({ seed, padding: -1 }), "padCrop: padding must be a whole number of 0 to 16384, got -1"],
    [
      () => padCrop({ seed, padding: 1, size: [13, 12] })({ images: images(), targets: targets() }),
      "padCrop: a crop of 13 by 12 does not fit into padded images of 12 by 14",
    ],
    [
      () => padCrop({ seed, fill: [1, 2] })({ images: images(), targets: targets() }),
      "padCrop: fill must have a value for each of 3 channels, got 2",
    ],
    [() => horizontalFlip({ seed, probability: 2 }), "horizontalFlip: probability must be within 0 … 1, got 2"],
    [() => mixup({ seed, alpha: 0 }), "mixup: alpha must be a finite number greater than 0, got 0"],
    [
      () => mixup({ seed })({ images: images(), targets: targets() }),
      "mixup: targets are class numbers, so it must be told how many classes there are",
    ],
    [
      () => randomErasing({ seed, area: [0.5, 0.2] }),
      "randomErasing: area must be [low, high] with 0 <= low <= high <= 1, got [0.5, 0.2]",
    ],
    [
      () => cutout({ seed, size: 2 })({ images: targets(), targets: targets() }),
      "cutout: images must be [N, H, W, channels], got [24]",
    ],
  ];

  it.each(cases)("are one line: %#", (body, message) => {
    expect(() => scope(() => void body())).toThrow(message);
  });
});
