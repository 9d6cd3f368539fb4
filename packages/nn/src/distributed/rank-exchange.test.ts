import { describe, expect, it } from "vitest";
import type { RankCommunicator } from "./communicator.ts";
import { RankExchange } from "./rank-exchange.ts";

type Values = Parameters<RankCommunicator["allReduce"]>[0] | Uint8Array;

/** Communicators of so many ranks in this process: a call is done when all ranks have made it. */
function communicators(size: number): RankCommunicator[] {
  const rounds: { given: Values[]; resolve: (all: Values[]) => void; all: Promise<Values[]> }[] = [];
  const calls = new Array<number>(size).fill(0);
  const meet = (rank: number, values: Values): Promise<Values[]> => {
    const number = calls[rank]!++;
    if (!rounds[number]) {
      let resolve!: (all: Values[]) => void;
      const all = new Promise<Values[]>((done) => {
        resolve = done;
      });
      rounds[number] = { given: [], resolve, all };
    }
    const round = rounds[number];
    round.given[rank] = values.slice();
    if (Object.keys(round.given).length === size) round.resolve(round.given);
    return round.all;
  };
  return Array.from({ length: size }, (_, rank) => ({
    ...{ rank, size },
    async allReduce(values) {
      const all = await meet(rank, values);
      for (let i = 0; i < values.length; i++) values[i] = all.reduce((sum, each) => sum + each[i]!, 0);
    },
    async broadcast(values, root = 0) {
      values.set((await meet(rank, values))[root]!);
    },
    async allGather(values, into) {
      for (const [i, each] of (await meet(rank, values)).entries()) into.set(each, i * values.length);
    },
  }));
}

/** What every one of three ranks makes of it. */
const onThree = <T>(body: (exchange: RankExchange) => Promise<T>): Promise<T[]> =>
  Promise.all(communicators(3).map((communicator) => body(new RankExchange({ communicator }))));

describe("the exchange of batch normalisation", () => {
  it("gives every rank the sums of all, each in its place", async () => {
    const results = await onThree(async (exchange) => {
      const [first, second] = [Float32Array.of(exchange.rank, 10), Float32Array.of(100 * exchange.rank, 1000)];
      await exchange.batchNormOf(6, 2)!.sums(first, second);
      return [[...first], [...second]];
    });
    for (const result of results)
      expect(result).toEqual([
        [3, 30],
        [300, 3000],
      ]);
  });

  it("gives every rank the moments of all examples, and leaves out a rank that has none", async () => {
    // Of [0, 2], [4] and none: mean 2, variance 8 / 3.
    const parts = [
      { own: 2, mean: 1, variance: 1 },
      { own: 1, mean: 4, variance: 0 },
      { own: 0, mean: 77, variance: 7 },
    ];
    const results = await onThree(async (exchange) => {
      const { own, mean, variance } = parts[exchange.rank]!;
      const [means, variances] = [Float32Array.of(mean), Float32Array.of(variance)];
      await exchange.batchNormOf(3, own)!.statistics(means, variances);
      return [means[0], variances[0]];
    });
    for (const result of results) expect(result).toEqual([2, Math.fround(8 / 3)]);
  });

  it("is none where each rank keeps its own", () => {
    const [communicator] = communicators(1);
    expect(new RankExchange({ communicator: communicator!, batchNorm: "perRank" }).batchNormOf(2, 2)).toBeNull();
  });
});

describe("gatherJson", () => {
  it("gives every rank the values of all in their order, of whatever length, NaN among them", async () => {
    const values = [{ a: Number.NaN }, ["a longer one", "ä"], null];
    const results = await onThree((exchange) => exchange.gatherJson<unknown>(values[exchange.rank]));
    for (const result of results) expect(result).toEqual(values);
  });
});
