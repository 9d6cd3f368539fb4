import { openDevice } from "@tessera/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../evaluate.ts";
import { RandomStreams } from "../initializers.ts";
import { Dense } from "../layers/dense.ts";
import { Flatten } from "../layers/flatten.ts";
import { Sequential } from "../layers/sequential.ts";
import { meansOf, mergeStates, type RunningState } from "../metrics.ts";
import { partOfBatch } from "./batch-part.ts";
import { evaluateShare, wholeBatches } from "./evaluate-share.ts";
import { RankExchange } from "./rank-exchange.ts";

const batch = (size: number, from: number) => ({
  images: Uint8Array.from({ length: size * 12 }, (_, i) => ((from + i) * 37) % 256),
  labels: Int32Array.from({ length: size }, (_, i) => (from + i) % 3),
  shape: [size, 2, 2, 3],
});
// Of the last batch one of three ranks has nothing.
const batches = [batch(8, 0), batch(8, 5), batch(2, 9)];

let device: Awaited<ReturnType<typeof openDevice>>;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device.destroy());

describe("evaluateShare", () => {
  it.each(["whole batches", "parts"])("measures each example on one rank, of %s", async (given) => {
    using model = new Sequential([new Flatten(), new Dense({ inputs: 12, units: 3 }, new RandomStreams(0))]);
    const states: RunningState[] = [];
    for (const rank of [0, 1, 2]) {
      const ranks = {
        ...{ rank, size: 3 },
        gatherJson: async (state: RunningState) => {
          states.push(state);
          return [state];
        },
      } as unknown as RankExchange;
      const own = given === "parts" ? batches.map((each) => partOfBatch(each, ranks)) : batches;
      const seen: number[] = [];
      await evaluateShare(model, own, { ranks, onBatch: (examples) => void seen.push(examples) });
      // Progress is that of all ranks together.
      expect(seen).toEqual(rank === 0 ? [8, 16] : [8, 16, 18]);
    }
    const merged = mergeStates(states);
    expect(merged.examples).toBe(18);
    const [one, three] = [await evaluate(model, batches), meansOf(merged)];
    expect(three.accuracy).toBeCloseTo(one.accuracy, 6);
    // Means of up to 8 losses of about 1 in float32, rounded some 8 times each.
    expect(Math.abs(three.loss - one.loss)).toBeLessThan(8 * 2 ** -23 * one.loss);
  });

  it("refuses parts where nobody has the others, or every rank goes through all", async () => {
    const part = partOfBatch(batches[0]!, { rank: 0, size: 2 });
    const walk = async (ranks?: RankExchange) => {
      for await (const _ of wholeBatches([batches[1]!, part], ranks));
    };
    await expect(walk(exchangeOfTwo())).rejects.toThrow("an objective with totals needs whole batches, got a part");
    await expect(walk()).rejects.toThrow("evaluate: expected whole batches, got 4 examples from number 0 on");
  });
});

/** Nothing is exchanged before a part is refused. */
function exchangeOfTwo(): RankExchange {
  const never = () => Promise.reject(new Error("nothing is to be exchanged"));
  return new RankExchange({ communicator: { rank: 0, size: 2, allReduce: never, broadcast: never, allGather: never } });
}
