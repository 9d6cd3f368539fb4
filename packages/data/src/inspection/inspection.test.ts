import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { noise } from "../../fixtures/noise.ts";
import { absentCifar100, realCifar100 } from "../../fixtures/real-cifar100.ts";
import goldens from "../../goldens/preprocess.json" with { type: "json" };
import type { ImageSet, Pixels } from "../image-set.ts";
import { loadCifar } from "../sources/load-cifar.ts";
import { channelStatistics } from "./channel-statistics.ts";
import { findDuplicates } from "./duplicates.ts";
import { type Grey, toGrey } from "./grey.ts";

function setOf<P extends Pixels>(images: P, count: number, channels = 1): ImageSet<P> {
  return { images, labels: new Int32Array(count), shape: [count, 1, images.length / count / channels, channels] };
}

describe("channelStatistics", () => {
  it("are those of each channel, of bytes and of floats", () => {
    const bytes = Uint8Array.of(1, 10, 3, 10, 5, 10, 7, 10);
    for (const images of [bytes, Float32Array.from(bytes)]) {
      const { mean, deviation } = channelStatistics(setOf(images, 2, 2));
      expect(mean).toEqual([4, 10]);
      expect(deviation[0]).toBeCloseTo(Math.sqrt(5), 15);
      expect(deviation[1]).toBe(0);
    }
  });
});

describe("findDuplicates", () => {
  it("counts within and between, and groups them", () => {
    const train = setOf(Uint8Array.of(1, 1, 2, 2, 1, 1, 3, 3, 1, 1), 5);
    const test = setOf(Uint8Array.of(4, 4, 2, 2, 4, 4, 2, 2), 4);
    expect(findDuplicates(train, test)).toEqual({
      train: 2,
      test: 2,
      shared: 2,
      groups: [
        [0, 2, 4].map((row) => ({ set: "train", row })),
        [
          { set: "train", row: 1 },
          { set: "test", row: 1 },
          { set: "test", row: 3 },
        ],
        [
          { set: "test", row: 0 },
          { set: "test", row: 2 },
        ],
      ],
    });
  });

  it("takes no image for another one, whatever their hashes", () => {
    // 80,000 images of 5 bytes: by chance, some share the 32 bits.
    const count = 80_000;
    const images = new Uint8Array(5 * count);
    for (let i = 0; i < count; i++) new DataView(images.buffer).setUint32(5 * i, i);
    const empty = setOf(new Uint8Array(0), 1);
    expect(findDuplicates(setOf(images, count), { ...empty, shape: [0, 1, 5, 1] })).toMatchObject({
      train: 0,
      groups: [],
    });
  });
});

describe("toGrey", () => {
  it("has OpenCV's luminance, and the red channel alone", () => {
    const { shape, sha256 } = goldens.grey;
    const images = noise(shape[0]! * shape[1]! * 3);
    const set: ImageSet = { images, labels: new Int32Array(1), shape: [1, shape[0]!, shape[1]!, 3] };
    const grey = toGrey(set, "luminance");
    expect(grey.shape).toEqual([1, shape[0], shape[1], 1]);
    expect(createHash("sha256").update(grey.images).digest("hex")).toBe(sha256);
    expect(toGrey(set, "red").images).toEqual(images.filter((_, i) => i % 3 === 0));
    expect(() => toGrey(set, "blue" as Grey)).toThrow('toGrey: kind: expected luminance or red, got "blue"');
    expect(() => toGrey(grey, "red")).toThrow("toGrey: images: expected 3 channels, got 1");
  });
});

describe.skipIf(absentCifar100("figures of the real CIFAR-100"))("the real CIFAR-100", () => {
  it("has the mean and deviation that numpy finds and the literature knows", async () => {
    const cifar = await loadCifar(realCifar100);
    for (const part of ["train", "test"] as const) {
      const { mean, deviation } = channelStatistics(cifar[part]);
      for (let channel = 0; channel < 3; channel++) {
        // numpy adds 51 million terms one by one, each rounded: off by up to 5.7e-9 of the sum.
        expect(mean[channel]).toBeCloseTo(goldens.cifar100.statistics[part].mean[channel]!, 6);
        expect(deviation[channel]).toBeCloseTo(goldens.cifar100.statistics[part].deviation[channel]!, 6);
      }
    }
    const { mean, deviation } = channelStatistics(cifar.train);
    expect(mean.map((x) => (x / 255).toFixed(4))).toEqual(["0.5071", "0.4865", "0.4409"]);
    expect(deviation.map((x) => (x / 255).toFixed(4))).toEqual(["0.2673", "0.2564", "0.2762"]);
  });
});
