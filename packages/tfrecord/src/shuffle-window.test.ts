import { describe, expect, it } from "vitest";
import type { TfRecord } from "./framing.ts";
import { randomBelow } from "./random.ts";
import { shuffleWindow, type WindowOptions } from "./shuffle-window.ts";

/** The order in which a hundred records of ten bytes come, and how many were waiting at most. */
async function shuffled(options: WindowOptions) {
  let taken = 0;
  const source = (async function* () {
    for (let record = 0; record < 100; record++) {
      taken++;
      yield { data: new Uint8Array(10), source: "a", record, offset: 0, compression: "none" } satisfies TfRecord;
    }
  })();
  const order: number[] = [];
  let waiting = 0;
  for await (const { record } of shuffleWindow(source, randomBelow("window", 1, 0), options)) {
    order.push(record);
    waiting = Math.max(waiting, taken - order.length);
  }
  return { order, waiting };
}

describe("shuffleWindow", () => {
  it.each([
    { bufferSize: 8, bufferBytes: 10_000 },
    { bufferSize: 1000, bufferBytes: 80 },
  ])("holds eight records, from the beginning to the end: %o", async (options) => {
    const { order, waiting } = await shuffled(options);
    expect(order.toSorted((a, b) => a - b)).toEqual([...Array(100).keys()]);
    expect(waiting).toBe(8);
    // A record comes at most eight places early, as in tf.data, and the second half is as shuffled as the first.
    for (const [place, record] of order.entries()) expect(record - place).toBeLessThanOrEqual(8);
    for (const half of [order.slice(0, 50), order.slice(50)]) {
      expect(half.filter((record, i) => i > 0 && record < half[i - 1]!).length).toBeGreaterThan(10);
    }
  });

  it("lets a record through that is larger than the window", async () => {
    expect((await shuffled({ bufferSize: 10, bufferBytes: 5 })).order).toEqual([...Array(100).keys()]);
  });
});
