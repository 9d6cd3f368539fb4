import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { type ImageSet, selectRows } from "../image-set.ts";
import { type Batch, type BatchOptions, batches } from "./batches.ts";
import { permutation } from "./permutation.ts";
import { stratifiedSplit } from "./split.ts";

/** `count` images of 1 × 2 × 1 pixels: row r is [r, r + 1], its class is r % classes. */
function makeSet(count: number, classes = 3): ImageSet {
  return {
    images: Uint8Array.from({ length: 2 * count }, (_, i) => (i >> 1) + (i & 1)),
    labels: Int32Array.from({ length: count }, (_, i) => i % classes),
    shape: [count, 1, 2, 1],
  };
}

async function collect(set: ImageSet, options: BatchOptions): Promise<Batch[]> {
  const result: Batch[] = [];
  for await (const batch of batches(set, options)) result.push(batch);
  return result;
}

describe("permutation", () => {
  it("never changes: checkpoints resume by it", () => {
    // From fixtures/permutation.py, which follows the description and shares no code.
    expect([...permutation(10)]).toEqual([0, 7, 5, 3, 2, 9, 1, 6, 8, 4]);
    expect([...permutation(10, { seed: 1 })]).toEqual([1, 2, 5, 0, 7, 6, 8, 3, 9, 4]);
    expect([...permutation(10, { seed: 1, epoch: 1 })]).toEqual([0, 1, 2, 6, 9, 8, 4, 7, 5, 3]);
    expect([...permutation(50_000, { seed: 2 ** 40 + 7, epoch: 34 }).subarray(0, 8)]).toEqual([
      20654, 21275, 38106, 22563, 29235, 35054, 38638, 10646,
    ]);
  });

  it("is uniform over the orders of four", () => {
    const seen = new Map<string, number>();
    const draws = 24 * 400;
    for (let epoch = 0; epoch < draws; epoch++) {
      const order = permutation(4, { seed: 5, epoch }).join();
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    // χ² with 23 degrees of freedom: mean 23, and past 49.7 once in a thousand; the draws are fixed, so this is too.
    const chiSquared = [...seen.values()].reduce((sum, n) => sum + (n - 400) ** 2 / 400, 0);
    expect(seen.size).toBe(24);
    expect(chiSquared).toBeLessThan(49.7);
  });

  it("takes its arguments seriously", () => {
    expect(() => permutation(-1)).toThrow("permutation: count: expected an integer from 0 to 4294967295, got -1");
    expect(() => permutation(1, { seed: 0.5 })).toThrow("permutation: seed: expected an integer ≥ 0, got 0.5");
    expect(permutation(0)).toEqual(new Uint32Array(0));
  });
});

describe("batches", () => {
  const options = fc.record({
    batchSize: fc.integer({ min: 1, max: 12 }),
    shuffle: fc.boolean(),
    seed: fc.nat(),
    epoch: fc.nat(50),
    prefetch: fc.nat(4),
  });

  it("visit every image exactly once, with its own label", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), options, async (count, chosen) => {
        const set = makeSet(count);
        const all = await collect(set, chosen);
        const rows = all.flatMap((batch) => [...batch.indices]);
        expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(all.flatMap((batch) => [...batch.labels])).toEqual(rows.map((row) => row % 3));
        expect(all.flatMap((batch) => [...batch.images])).toEqual(rows.flatMap((row) => [row, row + 1]));
        expect(all).toHaveLength(batches(set, chosen).stepsPerEpoch);
        for (const batch of all) expect(batch.shape).toEqual([batch.labels.length, 1, 2, 1]);
      }),
    );
  });

  it("resumed at k are those after the first k", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        options,
        fc.boolean(),
        fc.nat(),
        async (count, chosen, dropRemainder, k) => {
          const set = makeSet(count);
          const all = await collect(set, { ...chosen, dropRemainder });
          const start = k % (all.length + 1);
          expect(await collect(set, { ...chosen, dropRemainder, start })).toEqual(all.slice(start));
        },
      ),
    );
  });

  it("differ from epoch to epoch and from seed to seed, and repeat for the same", async () => {
    const order = async (seed: number, epoch: number) =>
      (await collect(makeSet(40), { shuffle: true, seed, epoch })).flatMap((batch) => [...batch.indices]).join();
    const orders = [
      await order(0, 0),
      await order(0, 1),
      await order(1, 0),
      await order(1, 1),
      await order(2 ** 32, 0),
    ];
    expect(new Set(orders).size).toBe(5);
    expect(await order(1, 0)).toBe(orders[2]);
    const walk = batches(makeSet(9), { shuffle: true, batchSize: 4 });
    const first: Uint32Array[] = [];
    for await (const batch of walk) first.push(batch.indices);
    const second: Uint32Array[] = [];
    for await (const batch of walk) second.push(batch.indices);
    expect(second).toEqual(first);
  });

  it("keep the set's order, and 32 a batch, unless told otherwise", async () => {
    const all = await collect(makeSet(70), {});
    expect(all.map((batch) => batch.shape[0])).toEqual([32, 32, 6]);
    expect(all[0]!.indices[31]).toBe(31);
  });

  it("drop a remainder on request", async () => {
    const all = await collect(makeSet(70), { dropRemainder: true });
    expect(all.map((batch) => batch.shape[0])).toEqual([32, 32]);
  });

  it("are copies: the set stays as it is", async () => {
    const set = makeSet(4);
    for (const batch of await collect(set, {})) batch.images.fill(0);
    expect(set).toEqual(makeSet(4));
  });

  it.each<[BatchOptions, string]>([
    [{ batchSize: 0 }, "batches: batchSize: expected an integer ≥ 1, got 0"],
    [{ batchSize: "8" as unknown as number }, 'batches: batchSize: expected an integer ≥ 1, got "8"'],
    [{ seed: -1 }, "batches: seed: expected an integer ≥ 0, got -1"],
    [{ epoch: Number.NaN }, "batches: epoch: expected an integer ≥ 0, got NaN"],
    [{ prefetch: 1.5 }, "batches: prefetch: expected an integer ≥ 0, got 1.5"],
    [{ start: 4 }, "batches: start: expected an integer from 0 to 3, got 4"],
    [{ shuffle: 1 as unknown as boolean }, "batches: shuffle: expected true or false, got 1"],
  ])("name a bad option: %o", (options, message) => {
    expect(() => batches(makeSet(70), options)).toThrow(message);
    expect(() => batches(makeSet(70), options)).toThrow(ArgumentError);
  });

  it("name a set whose parts do not fit", () => {
    expect(() => batches({ ...makeSet(3), labels: new Int32Array(2) })).toThrow(
      "batches: labels: expected 3, one for each image of [3,1,2,1], got 2",
    );
    expect(() => batches({ ...makeSet(3), images: new Uint8Array(5) })).toThrow(
      "batches: images: expected 6 bytes for [3,1,2,1], got 5",
    );
  });
});

describe("stratifiedSplit", () => {
  it("splits images of which each pixel has a class, with their classes", () => {
    const [count, area] = [10, 6];
    const labels = Int32Array.from({ length: count * area }, (_, i) => Math.floor(i / area));
    const set = {
      images: Uint8Array.from(labels),
      labels,
      labelShape: [count, 2, 3],
      shape: [count, 2, 3, 1],
    } as const;
    const { train, validation } = stratifiedSplit(set, 0.3, 1);
    expect([train.labelShape, validation.labelShape]).toEqual([
      [7, 2, 3],
      [3, 2, 3],
    ]);
    for (const part of [train, validation]) expect([...part.labels]).toEqual([...part.images]);
    expect(new Set([...train.labels, ...validation.labels]).size).toBe(count);
  });

  it("takes the same share of each class, and every image once", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 90 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        (count, classes, seed) => {
          const set = makeSet(count, classes);
          const { train, validation } = stratifiedSplit(set, 0.25, seed);
          const rowsOf = (part: ImageSet) => [...part.images].filter((_, i) => i % 2 === 0);
          for (let label = 0; label < classes; label++) {
            const size = set.labels.filter((each) => each === label).length;
            expect(validation.labels.filter((each) => each === label)).toHaveLength(Math.round(0.25 * size));
          }
          expect([...rowsOf(train), ...rowsOf(validation)].sort((a, b) => a - b)).toEqual(rowsOf(set));
          expect(rowsOf(validation)).toEqual([...rowsOf(validation)].sort((a, b) => a - b));
          expect(validation.shape).toEqual([validation.labels.length, 1, 2, 1]);
        },
      ),
    );
  });

  it("depends on the seed, keeps coarse labels, and never changes", () => {
    const set = { ...makeSet(30), coarseLabels: Int32Array.from({ length: 30 }, (_, i) => 100 + i) };
    const rows = (seed: number) => [...stratifiedSplit(set, 0.2, seed).validation.coarseLabels!].map((x) => x - 100);
    expect(rows(0)).toEqual([1, 5, 7, 9, 14, 21]);
    expect(rows(1)).not.toEqual(rows(0));
    expect(rows(1)).toEqual(rows(1));
  });

  it.each([0, 1, -0.5, Number.NaN, "0.1" as unknown as number, 0.001, 0.999])(
    "refuses a fraction of %s",
    (fraction) => {
      expect(() => stratifiedSplit(makeSet(30), fraction)).toThrow(/^stratifiedSplit: fraction: expected a /);
    },
  );
});

describe("selectRows", () => {
  it("gathers images and both labels", () => {
    const set = { ...makeSet(5), coarseLabels: Int32Array.of(9, 8, 7, 6, 5) };
    expect(selectRows(set, [4, 0, 4])).toEqual({
      images: Uint8Array.of(4, 5, 0, 1, 4, 5),
      labels: Int32Array.of(1, 0, 1),
      coarseLabels: Int32Array.of(5, 9, 5),
      shape: [3, 1, 2, 1],
    });
  });
});
