import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partBounds, partOfBatch, refusePart } from "./batch-part.ts";
import { mergeMoments } from "./rank-exchange.ts";

const batch = (size: number) => ({
  images: Uint8Array.from({ length: size * 12 }, (_, i) => i),
  labels: Int32Array.from({ length: size }, (_, i) => i),
  shape: [size, 2, 2, 3],
});

describe("partOfBatch", () => {
  it("gives every example to one rank, in order, and parts that differ by one at most", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 9 }), (total, size) => {
        const parts = Array.from({ length: size }, (_, rank) => partOfBatch(batch(total), { rank, size }));
        const busy = parts.filter(({ part }) => !part.idle);
        expect(busy.flatMap(({ labels }) => [...labels])).toEqual([...batch(total).labels]);
        expect(busy.flatMap(({ images }) => [...images])).toEqual([...batch(total).images]);
        const counts = busy.map(({ shape }) => shape[0]!);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const { part, labels, shape } of parts) {
          expect(part).toMatchObject({ first: labels[0], total });
          expect(shape).toEqual([labels.length, 2, 2, 3]);
          expect(labels.length).toBeGreaterThan(0);
        }
      }),
    ));

  it("cuts classes of pixels and shares, and leaves a part as it is", () => {
    const pixels = { ...batch(4), labels: new Int32Array(16).map((_, i) => i), labelShape: [4, 2, 2] };
    const part = partOfBatch(pixels, { rank: 1, size: 2 });
    expect([...part.labels]).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(part.labelShape).toEqual([2, 2, 2]);
    expect(partOfBatch(part, { rank: 1, size: 2 })).toBe(part);
    for (const [place, own] of [
      [{ rank: 0, size: 2 }, "0 … 1"],
      [{ rank: 1, size: 3 }, "1 … 1"],
    ] as const) {
      const message = `examples 2 … 3 of 4 are not the part of rank ${place.rank} of ${place.size}, which is ${own}`;
      expect(() => partOfBatch(part, place)).toThrow(message);
    }
    const shares = { ...batch(2), labels: Float32Array.of(0.1, 0.9, 0.4, 0.6) };
    expect([...partOfBatch(shares, { rank: 1, size: 2 }).labels]).toEqual([...Float32Array.of(0.4, 0.6)]);
    expect(partBounds(10, { rank: 3, size: 4 })).toEqual([7, 10]);
  });
});

describe("refusePart", () => {
  it("refuses a part where nobody has the others, and takes what is whole", () => {
    expect(() => refusePart("fit", batch(4))).not.toThrow();
    expect(() => refusePart("fit", partOfBatch(batch(4), { rank: 0, size: 1 }))).not.toThrow();
    const message = "fit: expected whole batches, got 2 examples from number 2 on of a batch of 4";
    expect(() => refusePart("fit", partOfBatch(batch(4), { rank: 1, size: 2 }))).toThrow(message);
    expect(() => refusePart("fit", partOfBatch(batch(1), { rank: 0, size: 2 }))).toThrow("got 1 examples");
  });
});

describe("mergeMoments", () => {
  it("gives those of the whole, far from zero too, and skips parts that count for nothing", () => {
    const values = [[1000, 1001, 1004], [1010], [999, 1000]];
    const all = values.flat();
    const momentsOf = (list: readonly number[]) => {
      const mean = list.reduce((a, b) => a + b, 0) / list.length;
      return [mean, list.reduce((sum, each) => sum + (each - mean) ** 2, 0) / list.length] as const;
    };
    const parts = values.flatMap((list) => [list.length, ...momentsOf(list)]);
    const [mean, variance] = [new Float32Array(1), new Float32Array(1)];
    mergeMoments([...parts, 0, Number.NaN, Number.NaN], mean, variance);
    const [expectedMean, expectedVariance] = momentsOf(all);
    expect(mean[0]).toBe(Math.fround(expectedMean));
    // Sums of six squares in float64, rounded once.
    expect(Math.abs(variance[0]! - expectedVariance)).toBeLessThan(expectedVariance * 2 ** -24);
  });
});
