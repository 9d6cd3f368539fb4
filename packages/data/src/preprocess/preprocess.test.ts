import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noise } from "../../fixtures/noise.ts";
import { absentCifar100, realCifar100 } from "../../fixtures/real-cifar100.ts";
import goldens from "../../goldens/preprocess.json" with { type: "json" };
import type { ImageSet } from "../image-set.ts";
import { loadCifar } from "../sources/load-cifar.ts";
import { centerImage, contrastNormalizer } from "./contrast.ts";
import { type Normalization, Preprocessor, type PreprocessorSettings } from "./preprocessor.ts";
import { sharpen } from "./sharpen.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** `filter2D` to the letter: the kernel's 25 products summed in float32, rounded half to even, clipped. */
function sharpenByDefinition(images: Uint8Array, [count, height, width, channels]: ImageSet["shape"]): Uint8Array {
  const binomial = [1, 4, 6, 4, 1];
  const mirror = (at: number, length: number): number =>
    length === 1 ? 0 : at < 0 ? mirror(-at, length) : at >= length ? mirror(2 * length - 2 - at, length) : at;
  const out = new Uint8ClampedArray(images.length);
  for (let i = 0; i < images.length; i++) {
    const [channel, pixel] = [i % channels, Math.floor(i / channels)];
    const [x, y, image] = [pixel % width, Math.floor(pixel / width) % height, Math.floor(pixel / width / height)];
    let sum = 0;
    for (let dy = 0; dy < 5; dy++) {
      for (let dx = 0; dx < 5; dx++) {
        const weight = -(binomial[dy]! * binomial[dx]! - (dy === 2 && dx === 2 ? 512 : 0)) / 256;
        const row = (image * height + mirror(y + dy - 2, height)) * width + mirror(x + dx - 2, width);
        sum = Math.fround(sum + Math.fround(weight * images[row * channels + channel]!));
      }
    }
    out[i] = sum; // rounds half to even, and clips
  }
  expect(out.length).toBe(count * height * width * channels);
  return new Uint8Array(out.buffer);
}

describe("sharpen", () => {
  it.each(goldens.sharpened)("has OpenCV's bytes for $shape", ({ shape, sha256: expected }) => {
    const images = noise(shape[0]! * shape[1]! * shape[2]!);
    expect(sha256(sharpen(images, [1, shape[0]!, shape[1]!, shape[2]!]))).toBe(expected);
  });

  it("is the definition's sum in float32, for any image", () => {
    const side = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 }),
        side,
        side,
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        (n, h, w, c, k) => {
          // Extremes and middles, so that sums clip at both ends and hit halves.
          const images = noise(n * h * w * c + (k % 1000))
            .subarray(k % 1000)
            .map((x) => (x < 80 ? 0 : x > 200 ? 255 : x & 0xf0));
          expect(sharpen(images, [n, h, w, c])).toEqual(sharpenByDefinition(images, [n, h, w, c]));
        },
      ),
    );
  });

  it("names images that don't fit their shape", () => {
    expect(() => sharpen(new Uint8Array(5), [1, 1, 2, 3])).toThrow(
      "sharpen: images: expected 6 values for [1,1,2,3], got 5",
    );
  });
});

const made: ImageSet = { images: noise(60 * 48), labels: new Int32Array(60), shape: [60, 4, 4, 3] };
const train: ImageSet = { images: made.images.subarray(0, 50 * 48), labels: new Int32Array(50), shape: [50, 4, 4, 3] };

function doubles(base64: string): Float64Array {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  return new Float64Array(bytes.buffer);
}

describe("Preprocessor", () => {
  /**
   * float32 of float64 for those without a matrix. With ZCA's, sums of 48 products in float32: each is off by at most
   * 51 · 2⁻²⁴ of the sum of the products' sizes, which here is below 20 for gcn-zca and 900 for keras (ε is 1e-6 there,
   * and the matrix has elements above 10).
   */
  const tolerances: Record<Exclude<Normalization, "none">, number> = {
    center: 1e-7,
    gcn: 1e-6,
    "gcn-zca": 1e-4,
    keras: 3e-3,
  };

  it.each(["center", "gcn", "gcn-zca", "keras"] as const)("equals numpy for %s", async (normalize) => {
    const preprocessor = await Preprocessor.fit(train, { normalize });
    const result = await preprocessor.apply(made.images, made.shape);
    expect(result).toBeInstanceOf(Float32Array);
    const expected = doubles(goldens.small[normalize]);
    for (const [place, image] of [0, 1, 59].entries()) {
      for (let i = 0; i < 48; i++) {
        const difference = Math.abs(result[image * 48 + i]! - expected[place * 48 + i]!);
        expect(difference, `image ${image}, value ${i}`).toBeLessThan(tolerances[normalize]);
      }
    }
  });

  it("leaves bytes alone unless told otherwise", async () => {
    const plain = await Preprocessor.fit(train);
    expect(await plain.apply(made.images, made.shape)).toBe(made.images);
    const sharp = await Preprocessor.fit(train, { sharpen: true });
    expect(await sharp.apply(made.images, made.shape)).toEqual(sharpen(made.images, made.shape));
  });

  it("sharpens before it fits and before it normalises", async () => {
    const sharpened = { ...train, images: sharpen(train.images, train.shape) };
    const [first, second] = await Promise.all([
      Preprocessor.fit(train, { normalize: "gcn-zca", sharpen: true }),
      Preprocessor.fit(sharpened, { normalize: "gcn-zca" }),
    ]);
    expect(first.arrays).toEqual(second.arrays);
    const all = await first.apply(made.images, made.shape);
    expect(all).toEqual(await second.apply(sharpen(made.images, made.shape), made.shape));
    expect(all.subarray(0, 48)).toEqual(await first.apply(made.images.subarray(0, 48), [1, 4, 4, 3]));
  });

  it("whitens: the covariance becomes U·S/(S + ε)·Uᵀ", async () => {
    const preprocessor = await Preprocessor.fit(train, { normalize: "gcn-zca", epsilon: 0.05 });
    await expectWhitened(train, preprocessor, 1e-5);
  });

  it("reports what it does, and stops when told", async () => {
    const seen = new Map<string, number>();
    const onProgress = ({ phase, done, total }: { phase: string; done: number; total: number }) => {
      expect(done).toBeGreaterThanOrEqual(seen.get(phase) ?? 0);
      expect(done).toBeLessThanOrEqual(total);
      seen.set(phase, done);
    };
    const preprocessor = await Preprocessor.fit(train, { normalize: "gcn-zca", sharpen: true }, { onProgress });
    await preprocessor.apply(train.images, train.shape, { onProgress });
    expect(Object.fromEntries(seen)).toEqual({
      sharpen: 50,
      mean: 50,
      covariance: 50,
      eigenvectors: 1000,
      normalize: 50,
    });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(Preprocessor.fit(train, { normalize: "keras" }, { signal })).rejects.toThrow("enough");
  });

  it.each<[PreprocessorSettings, string]>([
    [{ normalize: "zca" as "keras" }, 'normalize: expected one of none, center, gcn, gcn-zca, keras, got "zca"'],
    [{ normalize: "keras", epsilon: -1 }, "epsilon: expected a number ≥ 0, got -1"],
    [{ normalize: "gcn", bias: Number.NaN }, "bias: expected a number ≥ 0, got NaN"],
  ])("names a bad setting: %o", async (settings, message) => {
    await expect(Preprocessor.fit(train, settings)).rejects.toThrow(`Preprocessor.fit: ${message}`);
  });

  it("names images and sets that it cannot take", async () => {
    const preprocessor = await Preprocessor.fit(train, { normalize: "gcn" });
    await expect(preprocessor.apply(new Uint8Array(27), [1, 3, 3, 3])).rejects.toThrow(
      "Preprocessor.apply: images: expected 4 × 4 × 3, as it was fitted on, got 3 × 3 × 3",
    );
    const empty = { images: new Uint8Array(0), labels: new Int32Array(0), shape: [0, 4, 4, 3] as const };
    await expect(Preprocessor.fit(empty, { normalize: "keras" })).rejects.toThrow(
      "expected images to fit on, got none",
    );
    // Fewer images than values: the covariance has eigenvalues that are 0 or rounded to just beside it.
    const flat = { images: new Uint8Array(96), labels: new Int32Array(2), shape: [2, 4, 4, 3] as const };
    await expect(Preprocessor.fit(flat, { normalize: "keras", epsilon: 0 })).rejects.toThrow(
      "zca: epsilon: expected a number above 0, as an eigenvalue of the covariance is 0, got 0",
    );
  });
});

/** Covariance of whitened training data beside U·S/(S + ε)·Uᵀ = Σ·W², with Σ = W⁻² − ε: both from what is stored. */
async function expectWhitened(set: ImageSet, preprocessor: Preprocessor, tolerance: number): Promise<void> {
  const { covariance } = await import("./whitening.ts");
  const { symmetricEigen } = await import("../linear/symmetric-eigen.ts");
  const [count, height, width, channels] = set.shape;
  const n = height * width * channels;
  const whitened = await preprocessor.apply(set.images, set.shape);
  const found = await covariance(count, n, (index, out) => out.set(whitened.subarray(index * n, (index + 1) * n)));
  const normalize = contrastNormalizer(preprocessor.settings.bias!);
  const sigma = await covariance(count, n, (index, out) => {
    normalize(set.images, index * n, out);
    for (let i = 0; i < n; i++) out[i]! -= preprocessor.arrays!.mean[i]!;
  });
  const { values, vectors } = await symmetricEigen(sigma, n);
  const expected = await covariance(n, n, (index, out) => {
    const value = Math.max(0, values[index]!);
    const scale = Math.sqrt((n * value) / (value + preprocessor.settings.epsilon!));
    for (let i = 0; i < n; i++) out[i] = scale * vectors[index * n + i]!;
  });
  let worst = 0;
  for (let i = 0; i < n * n; i++) worst = Math.max(worst, Math.abs(found[i]! - expected[i]!));
  expect(worst).toBeLessThan(tolerance);
  for (let i = 0; i < n; i++) {
    expect(Math.abs(preprocessor.arrays!.eigenvalues[i]! - values[n - 1 - i]!)).toBeLessThan(1e-9 * values[n - 1]!);
  }
}

const absent = absentCifar100("preprocessing of the real CIFAR-100");

describe.skipIf(absent)("the real CIFAR-100", () => {
  it("sharpened has OpenCV's bytes, all 60,000 images", async () => {
    const cifar = await loadCifar(realCifar100);
    for (const set of ["train", "test"] as const) {
      expect(sha256(sharpen(cifar[set].images, cifar[set].shape)), set).toBe(goldens.cifar100.sharpened[set]);
    }
  });

  it("centred and contrast-normalised equals numpy", async () => {
    const { train } = await loadCifar(realCifar100);
    const row = new Float64Array(3072);
    for (const [kind, normalize] of [
      ["center", centerImage],
      ["gcn", contrastNormalizer(10)],
    ] as const) {
      expect(goldens.cifar100[kind]).toHaveLength(50);
      for (const [image, value, expected] of goldens.cifar100[kind]) {
        normalize(train.images, image! * 3072, row);
        expect(Math.abs(Math.fround(row[value!]!) - expected!), `${kind} ${image} ${value}`).toBeLessThan(1e-5);
      }
    }
  });

  it.skipIf(!process.env.TESSERA_FULL)(
    "whitened has the covariance U·S/(S + ε)·Uᵀ",
    async () => {
      const { train } = await loadCifar(realCifar100);
      await expectWhitened(train, await Preprocessor.fit(train, { normalize: "gcn-zca" }), 1e-3);
    },
    1_800_000,
  );
});
