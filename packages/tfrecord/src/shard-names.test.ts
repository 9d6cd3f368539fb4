import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderShards, shardName } from "./index.ts";

describe("shardName", () => {
  it("is TensorFlow's", () => {
    expect(shardName("data/train", 3, 128)).toBe("data/train-00003-of-00128");
    expect(shardName("a", 123_456, 200_000)).toBe("a-123456-of-200000");
    expect(() => shardName("a", 4, 4)).toThrow("shardName: index: expected an integer from 0 to 3, got 4");
  });
});

describe("orderShards", () => {
  it("orders by number, not by character", () => {
    const paths = [0, 1, 2, 9, 10, 11].map((i) => `d/val-${i}.tfrecord`);
    const all = [...Array(12).keys()].map((i) => `d/val-${i}.tfrecord`);
    expect(orderShards([...all].sort())).toEqual(all);
    expect(orderShards([...paths].reverse(), { allowGaps: true })).toEqual(paths);
  });

  it("takes sets of every form, each by itself, and other files as they are", () => {
    const set = [
      ...["a-00000-of-00002.gz", "a-00001-of-00002.gz", "b.tfrecord", "part1", "part2"],
      ...["train-00000-of-00001", "val-0.tfrecord.gz", "val-1.tfrecord.gz"],
    ];
    expect(orderShards([...set].reverse())).toEqual(set);
    expect(orderShards([...set, ...set])).toEqual(set);
    // A single number may be anything.
    expect(orderShards(["data-2024.tfrecord"])).toEqual(["data-2024.tfrecord"]);
  });

  it("comes back in order from any order", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom("train", "a/b-3", "x-00001-of-2y"),
        (count, prefix) => {
          const names = Array.from({ length: count }, (_, i) => shardName(prefix, i, count));
          expect(orderShards([...names].sort(() => Math.random() - 0.5))).toEqual(names);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    [["a-00000-of-00004", "a-00002-of-00004"], "a-00000-of-00004: its set lacks numbers 1, 3 of 4\n  hint: find"],
    [["a-00002-of-00003"], "its set lacks numbers 0 to 1 of 3"],
    [["a-00000-of-00003", "a-00001-of-00003"], "its set lacks number 2 of 3"],
    [["v-0.tfrecord", "v-5.tfrecord", "v-7.tfrecord"], "its set lacks numbers 1 to 4, 6\n"],
    [["v-3.tfrecord", "v-4.tfrecord"], "its set lacks numbers 1 to 2\n"],
    [
      ["a-00000-of-00001", "a-00000-of-00002"],
      "a-00000-of-00002: expected one set of files, but a-00000-of-00001 says that there are 1",
    ],
    [["a-00000-of-00002", "a-00001-of-00002", "a-0-of-2"], "a-00000-of-00002: expected each number of a-# once"],
    [["a-00000-of-00002", "a-00002-of-00002"], "a-00002-of-00002: expected a number below 2, got 2"],
  ])("names what is missing or too much: %j", (paths, message) => {
    expect(() => orderShards(paths)).toThrow(message);
  });

  it("allows gaps where that is asked for", () => {
    const paths = ["a-00000-of-00004", "a-00002-of-00004"];
    expect(orderShards(paths, { allowGaps: true })).toEqual(paths);
  });
});
