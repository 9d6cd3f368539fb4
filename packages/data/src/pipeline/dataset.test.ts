import { setTimeout as sleep, setImmediate as tick } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CorruptRecordError } from "../errors.ts";
import type { ImageSet } from "../image-set.ts";
import { Dataset, type DatasetState } from "./dataset.ts";
import { stackImages } from "./image-records.ts";
import { permutation } from "./permutation.ts";
import { workers } from "./workers.ts";

const range = (count: number) => Dataset.fromIndexed(count, (i) => i);
/** The same items through a stage that gives nothing by its place. */
const stream = (count: number) => Dataset.fromGenerator(() => Array.from({ length: count }, (_, i) => i));

async function collect<T>(items: AsyncIterable<T>, most = Number.POSITIVE_INFINITY): Promise<T[]> {
  const result: T[] = [];
  if (most === 0) return result;
  for await (const item of items) if (result.push(item) >= most) break;
  return result;
}

/** A stage to append, chosen at random; all keep every record. */
const stage = fc.oneof(
  fc.record({ kind: fc.constant("shuffle" as const), seed: fc.nat(9) }),
  fc.record({ kind: fc.constant("window" as const), seed: fc.nat(9), window: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant("map" as const) }),
  fc.record({
    kind: fc.constant("parallelMap" as const),
    concurrency: fc.integer({ min: 1, max: 5 }),
    budget: fc.nat(40),
  }),
  fc.record({ kind: fc.constant("prefetch" as const), depth: fc.nat(4) }),
  fc.record({ kind: fc.constant("cache" as const) }),
  fc.record({ kind: fc.constant("filter" as const) }),
  fc.record({
    kind: fc.constant("interleave" as const),
    cycle: fc.integer({ min: 1, max: 4 }),
    block: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant("parts" as const), at: fc.nat(8) }),
);
type StageChoice = typeof stage extends fc.Arbitrary<infer S> ? S : never;

const later = async (x: number) => {
  for (let i = 0; i < (x * 7) % 4; i++) await tick();
  return x;
};

function append(dataset: Dataset<number>, choice: StageChoice): Dataset<number> {
  switch (choice.kind) {
    case "shuffle":
      return dataset.shuffle({ seed: choice.seed });
    case "window":
      return dataset.shuffle({ seed: choice.seed, window: choice.window });
    case "map":
      return dataset.map((x) => x);
    case "parallelMap":
      return dataset.parallelMap(later, { concurrency: choice.concurrency, byteBudget: choice.budget + 1 });
    case "prefetch":
      return dataset.prefetch(choice.depth);
    case "cache":
      return dataset.cache();
    case "filter":
      return dataset.filter((x) => x >= 0);
    case "interleave":
      return dataset
        .batch(3)
        .interleave((batch) => Dataset.fromIterable(batch), { cycleLength: choice.cycle, blockLength: choice.block });
    case "parts":
      return dataset.batch(2).interleave((batch) =>
        Dataset.fromIterable(batch)
          .skip(0)
          .take(choice.at + 2),
      );
  }
}

const pipelines = fc
  .record({
    count: fc.nat(40),
    streamed: fc.boolean(),
    stages: fc.array(stage, { maxLength: 4 }),
    epoch: fc.nat(5),
  })
  .map(({ count, streamed, stages, epoch }) => ({
    count,
    epoch,
    make: () => stages.reduce(append, streamed ? stream(count) : range(count)),
  }));

describe("Dataset", () => {
  it("gives every record exactly once a pass, through any stages", async () => {
    await fc.assert(
      fc.asyncProperty(pipelines, async ({ count, epoch, make }) => {
        const items = await collect(make().iterate({ epoch }));
        expect(items.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
      { numRuns: 200 },
    );
  });

  it("goes on from any state, in a new pipeline, with exactly what would have come", async () => {
    await fc.assert(
      fc.asyncProperty(pipelines, fc.nat(), fc.integer({ min: 1, max: 4 }), async ({ epoch, make }, k, size) => {
        const pipeline = () => make().repeat(2).batch(size).prefetch(1);
        const all = await collect(pipeline().iterate({ epoch }));
        const walk = pipeline().iterate({ epoch });
        const stop = k % (all.length + 1);
        for (let i = 0; i < stop; i++) expect((await walk.next()).value).toEqual(all[i]);
        const state: DatasetState = JSON.parse(JSON.stringify(walk.state()));
        expect(state).toEqual({ epoch, position: stop });
        await walk.return?.();
        expect(await collect(pipeline().restore(state))).toEqual(all.slice(stop));
      }),
      { numRuns: 200 },
    );
  });

  it("is a pure function of seed and epoch, whatever the concurrency", async () => {
    const order = (epoch: number, concurrency: number, seed = 3) =>
      collect(range(50).shuffle({ seed }).parallelMap(later, { concurrency }).iterate({ epoch }));
    expect(await order(2, 1)).toEqual([...permutation(50, { seed: 3, epoch: 2 })]);
    expect(await order(2, 7)).toEqual(await order(2, 1));
    expect(await order(3, 7)).not.toEqual(await order(2, 7));
    expect(await order(2, 7, 4)).not.toEqual(await order(2, 7));
    const windows = [0, 0, 1].map((epoch) => collect(stream(50).shuffle({ window: 10 }).iterate({ epoch })));
    const [first, again, next] = await Promise.all(windows);
    expect(again).toEqual(first);
    expect(next).not.toEqual(first);
    // What a window of ten gives first is one of the first ten.
    expect(first![0]).toBeLessThan(10);
  });

  it("has the cardinalities of the tutorial: 3126 steps and 313", async () => {
    const train = range(50_000).batch(32).prefetch(2).repeat(2);
    expect(train.length).toBe(3126);
    const sizes = (await collect(train)).map((batch) => batch.length);
    expect(sizes).toHaveLength(3126);
    // Repeated after batching: each pass ends with its own 16 images.
    expect([sizes[1562], sizes[3125], sizes.filter((size) => size !== 32).length]).toEqual([16, 16, 2]);
    expect(range(10_000).batch(32).length).toBe(313);
    expect(range(10_000).batch(32, { dropRemainder: true }).length).toBe(312);
    expect(range(50_000).repeat(2).batch(32).length).toBe(3125);
    expect([range(3).repeat().length, stream(3).length, range(9).skip(2).take(3).length]).toEqual([
      ...[Number.POSITIVE_INFINITY, undefined, 3],
    ]);
  });

  it("takes, skips, filters, maps and batches as tf.data does", async () => {
    for (const source of [range(10), stream(10)]) {
      expect(await collect(source.skip(2).take(3))).toEqual([2, 3, 4]);
      expect(await collect(source.take(99).skip(8))).toEqual([8, 9]);
      expect(await collect(source.filter((x) => x % 4 === 0).map((x, { index }) => [x, index]))).toEqual([
        ...[
          [0, 0],
          [4, 1],
          [8, 2],
        ],
      ]);
      expect(await collect(source.batch(4))).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ]);
      expect(await collect(source.batch(4, { dropRemainder: true }))).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ]);
      expect(await collect(source.take(2).repeat(), 5)).toEqual([0, 1, 0, 1, 0]);
    }
    // The example in tf.data's documentation of interleave.
    const repeated = range(5).map((x) => x + 1);
    const blocks = repeated.interleave((x) => range(6).map(() => x), { cycleLength: 2, blockLength: 4 });
    expect((await collect(blocks)).join("")).toBe("111122221122333344443344555555");
    expect(await collect(range(0).repeat())).toEqual([]);
  });

  it("shuffles each pass of a repeat anew, and never two alike", async () => {
    const passes = async (epoch: number) => {
      const items = await collect(range(20).shuffle({ seed: 1 }).repeat(2).iterate({ epoch }));
      return [items.slice(0, 20).join(), items.slice(20).join()];
    };
    expect(new Set([...(await passes(0)), ...(await passes(1))]).size).toBe(4);
  });

  it("gives nothing more after it was left", async () => {
    const walk = stream(20).shuffle({ window: 5 }).iterate();
    await walk.next();
    await walk.return?.();
    expect(await walk.next()).toEqual({ done: true, value: undefined });
    // A pass may be empty without ending a repeat of several.
    const second = range(4).filter((_, { epoch }) => epoch % 2 === 1);
    expect(await collect(second.repeat(2))).toEqual([0, 1, 2, 3]);
  });

  it("caches what was made once", async () => {
    let made = 0;
    const cached = stream(5)
      .map((x) => {
        made++;
        return x;
      })
      .cache();
    expect(await collect(cached, 3)).toEqual([0, 1, 2]);
    expect(made).toBe(3);
    for (let epoch = 0; epoch < 3; epoch++) expect(await collect(cached.iterate({ epoch }))).toEqual([0, 1, 2, 3, 4]);
    expect(made).toBe(8);
  });

  it("passes over what was given without making it, where the stages allow", async () => {
    let made = 0;
    const count = <T>(x: T) => {
      made++;
      return x;
    };
    const indexed = range(1000).map(count).shuffle({ seed: 1 }).batch(10).prefetch(0).repeat(3);
    await collect(indexed.restore({ epoch: 0, position: 250 }), 1);
    expect(made).toBe(10);
    made = 0;
    await collect(stream(1000).shuffle({ window: 50 }).map(count).batch(10).restore({ epoch: 0, position: 90 }), 1);
    expect(made).toBe(10);
  });
});

describe("images", () => {
  const set: ImageSet = {
    images: Uint8Array.from({ length: 12 }, (_, i) => i),
    labels: Int32Array.of(5, 6, 7),
    shape: [3, 1, 2, 2],
  };

  it("come one by one and are stacked again", async () => {
    const batches = await collect(Dataset.fromArrays(set).shuffle({ seed: 2 }).batch(2).map(stackImages));
    const order = [...permutation(3, { seed: 2 })];
    expect(batches.flatMap(({ indices }) => [...indices])).toEqual(order);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual(order.map((row) => row + 5));
    expect(batches.flatMap(({ images }) => [...images])).toEqual(
      order.flatMap((row) => [0, 1, 2, 3].map((i) => 4 * row + i)),
    );
    expect(batches.map(({ shape }) => shape)).toEqual([
      [2, 1, 2, 2],
      [1, 1, 2, 2],
    ]);
  });

  it("of several sizes are named", () => {
    const [record] = [{ image: new Uint8Array(4), label: 0, shape: [1, 2, 2] as const, index: 0 }];
    const other = { ...record!, image: new Uint8Array(2), shape: [1, 1, 2] as const, index: 9 };
    expect(() => stackImages([record!, other])).toThrow("stackImages: record 9: expected an image of 1,2,2, got 1,1,2");
    expect(() => stackImages([])).toThrow("stackImages: records: expected at least one, got none");
  });

  it("are named by set and row when a function fails on one", async () => {
    const failing = Dataset.fromArrays(set, { source: "cifar-100-python/train" })
      .shuffle({ seed: 2 })
      .map(({ index }) => {
        if (index === 1) throw new Error("no good");
        return index;
      })
      .batch(1)
      .map((batch) => batch);
    const error: Error = await collect(failing).then(
      () => expect.unreachable(),
      (e) => e,
    );
    expect(error).toBeInstanceOf(CorruptRecordError);
    expect(error.message).toBe("cifar-100-python/train: record 1: no good");
    expect(error).toMatchObject({ record: 1, cause: expect.objectContaining({ message: "no good" }) });
    const stacked = Dataset.fromArrays(set, { source: "train" })
      .skip(1)
      .batch(2)
      .map(() => Promise.reject(new Error("no stack")));
    await expect(collect(stacked)).rejects.toThrow("train: batch 0, from record 1: no stack");
    const plain = stream(5).filter((x) => {
      if (x === 3) throw new TypeError("three");
      return true;
    });
    await expect(collect(plain)).rejects.toThrow("dataset: record 3: three");
  });
});

describe("reading ahead", () => {
  /** A source that notes what it made and whether it was closed, and a map that counts what it works on. */
  function watched(count: number, size = 0) {
    const log = { made: 0, closed: 0, most: 0, working: 0 };
    const source = Dataset.fromGenerator(function* () {
      try {
        for (let i = 0; i < count; i++) {
          log.made = i + 1;
          yield i;
        }
      } finally {
        log.closed++;
      }
    });
    const work = async (x: number) => {
      log.most = Math.max(log.most, ++log.working);
      await sleep(1);
      log.working--;
      if (x === 77) throw new Error("77");
      return { x, bytes: new Uint8Array(size) };
    };
    return { log, source, work };
  }

  it("works on so many at once, and no more", async () => {
    const { log, source, work } = watched(20);
    const items = await collect(source.parallelMap(work, { concurrency: 3 }));
    expect(items.map(({ x }) => x)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(log).toMatchObject({ most: 3, closed: 1, working: 0 });
  });

  it("gives the same whatever the concurrency, which auto raises while the consumer waits", async () => {
    const expected = Array.from({ length: 40 }, (_, i) => i);
    for (const concurrency of [1, 2, 7, "auto"] as const) {
      const { source, work } = watched(40);
      const items = await collect(source.parallelMap(work, { concurrency }));
      expect(items.map(({ x }) => x)).toEqual(expected);
    }
    const tuned = async (byteBudget: number) => {
      const { log, source, work } = watched(40, 1000);
      const pool = { count: 3, open: () => ({ run: work, close: async () => {} }) };
      const found: number[] = [];
      for await (const { x } of source.parallelMap(pool, { concurrency: "auto", byteBudget })) {
        found.push(x);
      }
      expect(found).toEqual(expected);
      return log.most;
    };
    // Two for each of three workers; one where no more bytes may be held.
    expect(await tuned(Number.POSITIVE_INFINITY)).toBe(6);
    expect(await tuned(1)).toBe(1);
  });

  it("stops for a consumer that is slow: by count and by bytes", async () => {
    for (const [options, ahead] of [
      [{ concurrency: 4 }, 5],
      [{ concurrency: 8, byteBudget: 2500 }, 3],
      [{ concurrency: 8, byteBudget: 1 }, 2],
    ] as const) {
      const { log, source, work } = watched(50, 1000);
      const walk = source.parallelMap(work, options).iterate();
      await walk.next();
      await sleep(60);
      expect(log.made, JSON.stringify(options)).toBeLessThanOrEqual(ahead);
      await walk.return?.();
      expect(log.closed).toBe(1);
    }
  });

  it.each(["break", "error", "end"])("closes the source and waits for work in progress on %s", async (how) => {
    const { log, source, work } = watched(how === "end" ? 30 : 200);
    const dataset = source.parallelMap(work, { concurrency: 5 }).prefetch(3);
    if (how === "break") for await (const { x } of dataset) if (x === 10) break;
    if (how === "error") await expect(collect(dataset)).rejects.toThrow("dataset: record 77: 77");
    if (how === "end") await collect(dataset);
    expect(log).toMatchObject({ closed: 1, working: 0 });
    const { made } = log;
    await sleep(5);
    expect(log.made).toBe(made);
  });

  it("gives an error where its item would have come, and then nothing", async () => {
    const { source, work } = watched(200);
    const walk = source.parallelMap(work, { concurrency: 9 }).iterate();
    for (let i = 0; i < 77; i++) expect((await walk.next()).value!.x).toBe(i);
    await expect(walk.next()).rejects.toThrow("record 77: 77");
    expect(await walk.next()).toEqual({ done: true, value: undefined });
    expect(await walk.next()).toEqual({ done: true, value: undefined });
  });

  it.each<[string, () => Dataset<unknown>]>([
    [
      "parallelMap: concurrency: expected an integer ≥ 1, got 0",
      () => range(1).parallelMap(String, { concurrency: 0 }),
    ],
    [
      "parallelMap: byteBudget: expected a number above 0, got 0",
      () => range(1).parallelMap(String, { byteBudget: 0 }),
    ],
    ["prefetch: depth: expected an integer ≥ 0, got -1", () => range(1).prefetch(-1)],
    ["batch: size: expected an integer ≥ 1, got 0", () => range(1).batch(0)],
    ["repeat: count: expected an integer ≥ 1, got 0", () => range(1).repeat(0)],
    ["shuffle: window: expected an integer ≥ 1, got 0", () => range(1).shuffle({ window: 0 })],
    ["take: count: expected an integer ≥ 0, got 1.5", () => range(1).take(1.5)],
    [
      "interleave: cycleLength: expected an integer ≥ 1, got 0",
      () => range(1).interleave(() => range(1), { cycleLength: 0 }),
    ],
  ])("names a bad option: %s", (message, make) => {
    expect(make).toThrow(`Dataset.${message}`);
  });
});

describe("workers", () => {
  const module = new URL("../../fixtures/square-worker.mjs", import.meta.url);
  interface Squared {
    readonly square: number;
    readonly index: number;
    readonly threadId: number;
    readonly pid: number;
  }

  it.each(["threads", "processes"] as const)("work in order in %s, and are closed with the pass", async (runtime) => {
    for (const count of [1, 3]) {
      const pool = workers<number, Squared>(module, { workers: count, runtime });
      const results = await collect(range(12).parallelMap(pool, { concurrency: 4 }));
      expect(results.map(({ square, index }) => [square, index])).toEqual(
        Array.from({ length: 12 }, (_, i) => [i * i, i]),
      );
      const places = new Set(results.map(({ threadId, pid }) => `${threadId} ${pid}`));
      expect(places.size).toBeLessThanOrEqual(count);
      expect(
        await collect(
          range(12)
            .parallelMap(pool, { concurrency: "auto" })
            .map(({ square }) => square),
        ),
      ).toEqual(Array.from({ length: 12 }, (_, i) => i * i));
      if (runtime === "processes") for (const { pid } of results) await expectEnded(pid);
    }
  });

  it("are closed where the loop is left and where one fails", async () => {
    const pool = workers<number, Squared>(module, { runtime: "processes" });
    const pids = new Set<number>();
    for await (const { pid, index } of range(12).parallelMap(pool)) {
      pids.add(pid);
      if (index === 5) break;
    }
    const failing = async () => {
      for await (const { pid } of range(20).parallelMap(pool)) pids.add(pid);
    };
    await expect(failing()).rejects.toThrow("dataset: record 13: 13 has no luck");
    for (const pid of pids) await expectEnded(pid);
  });
});

/** Waits until a process is gone. */
async function expectEnded(pid: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(10);
  }
  expect.unreachable(`process ${pid} is still there`);
}
