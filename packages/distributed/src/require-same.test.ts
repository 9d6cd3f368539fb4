import { describe, expect, it } from "vitest";
import { inProcess } from "../fixtures/in-process.ts";
import { allGatherJson } from "./gather-json.ts";
import { requireSame } from "./require-same.ts";

describe("allGatherJson", () => {
  it("gives every rank all values, of whatever length", async () => {
    const values = [{ a: 1 }, "ä, longer than the others", null];
    const gathered = await Promise.all(inProcess(3).map((ranks, i) => allGatherJson(ranks, values[i])));
    expect(gathered).toEqual([values, values, values]);
  });
});

describe("requireSame", () => {
  const compare = (...facts: Record<string, string>[]) =>
    Promise.allSettled(inProcess(facts.length).map((ranks, i) => requireSame(ranks, facts[i]!)));

  it("is content with equal facts in any order", async () => {
    const outcomes = await compare({ a: "1", b: "2" }, { b: "2", a: "1" });
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  });

  it.each<[Record<string, string>[], string]>([
    [[{ a: "1" }, { a: "1" }, { a: "2" }], 'ranks differ in a: rank 0 has "1", rank 2 has "2"'],
    [[{ a: "1" }, {}], 'ranks differ in a: rank 0 has "1", rank 1 has none'],
    [[{}, { b: "1" }], 'ranks differ in b: rank 0 has none, rank 1 has "1"'],
  ])("names the fact and the rank, on every rank: %#", async (facts, message) => {
    const outcomes = await compare(...facts);
    const messages = outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.message);
    expect(messages).toEqual(facts.map(() => message));
  });
});
