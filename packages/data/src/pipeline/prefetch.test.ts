import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { prefetch } from "./prefetch.ts";

/** Counts to `end`, noting what was made and whether it was closed. */
function counter(end: number, failAt = -1) {
  const log = { made: 0, closed: false };
  async function* count() {
    try {
      for (let i = 0; i < end; i++) {
        if (i === failAt) throw new Error(`no ${i}`);
        log.made = i + 1;
        yield i;
      }
    } finally {
      log.closed = true;
    }
  }
  return { log, source: count() };
}

it.each([0, 1, 3, 10])("gives what the source gives, reading %i ahead", async (depth) => {
  const { log, source } = counter(5);
  const reader = prefetch(source, depth);
  expect((await reader.next()).value).toBe(0);
  await sleep(1);
  expect(log.made).toBe(Math.min(5, depth + 1));
  const rest: number[] = [];
  for await (const item of reader) rest.push(item);
  expect(rest).toEqual([1, 2, 3, 4]);
  expect(log.closed).toBe(true);
});

it("throws where the source threw, after what came before", async () => {
  const seen: number[] = [];
  const walk = async () => {
    for await (const item of prefetch(counter(5, 2).source, 3)) seen.push(item);
  };
  await expect(walk()).rejects.toThrow("no 2");
  expect(seen).toEqual([0, 1]);
});

it("closes the source when the loop is left", async () => {
  const { log, source } = counter(100);
  for await (const item of prefetch(source, 2)) if (item === 1) break;
  expect(log.closed).toBe(true);
  expect(log.made).toBeLessThan(6);
});
