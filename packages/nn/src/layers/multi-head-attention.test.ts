import { gradients, scope, setDefaultDevice, tensor, uniform } from "@tessera/tensor";
import { openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStreams } from "../initializers.ts";
import type { Dense } from "./dense.ts";
import { MultiHeadAttention } from "./multi-head-attention.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

type Matrix = number[][];

describe.each(devices)("on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));

  it("attends to itself", async () => {
    using layer = new MultiHeadAttention({ inputs: 6, numHeads: 2, keyDim: 3 }, new RandomStreams(1));
    await compare(layer, draw(0, 2, 5, 6), draw(0, 2, 5, 6), {});
  });

  it("attends to the past alone", async () => {
    using layer = new MultiHeadAttention({ inputs: 4, numHeads: 2, keyDim: 5 }, new RandomStreams(2));
    await compare(layer, draw(1, 1, 7, 4), draw(1, 1, 7, 4), { causal: true });
  });

  it("attends to others, of other sizes", async () => {
    const options = { inputs: 6, numHeads: 3, keyDim: 2, valueDim: 4, keyInputs: 5, units: 7 };
    using layer = new MultiHeadAttention(options, new RandomStreams(3));
    expect(layer.outputShape([2, 4, 6])).toEqual([2, 4, 7]);
    await compare(layer, draw(2, 2, 4, 6), draw(3, 2, 3, 5), { cross: true });
  });

  it("has gradients for all it is made of", async () => {
    using layer = new MultiHeadAttention({ inputs: 4, numHeads: 2, keyDim: 2 }, new RandomStreams(4));
    const parameters = layer.namedParameters();
    expect(parameters.map(([name]) => name)).toEqual(
      ["query", "key", "value", "output"].flatMap((part) => [`${part}.kernel`, `${part}.bias`]),
    );
    const found = scope(() => {
      const y = layer.forward(tensor(draw(4, 1, 3, 4)));
      return gradients([y], layer.parameters(), [tensor(draw(5, 1, 3, 4))]);
    });
    for (const [i, gradient] of found.entries()) {
      expect(gradient?.shape).toEqual(parameters[i]![1].shape);
      // Softmax does not change with what is added to all scores of a query, which the key's bias does.
      const least = parameters[i]![0] === "key.bias" ? 0 : 1e-3;
      expect(Math.max(...(await gradient!.data()).map(Math.abs))).toBeGreaterThanOrEqual(least);
      gradient!.dispose();
    }
  });
});

it("names what does not fit", () => {
  setDefaultDevice(devices[0]!.device);
  using layer = new MultiHeadAttention({ inputs: 4, numHeads: 2, keyDim: 2 }, new RandomStreams(1));
  expect(() => layer.outputShape([2, 3, 5])).toThrow(
    "MultiHeadAttention: expected an input of [..., 4], got [2, 3, 5]",
  );
  expect(() => new MultiHeadAttention({ inputs: 4, numHeads: 0, keyDim: 2 }, new RandomStreams(1))).toThrow(
    "MultiHeadAttention: numHeads must be a whole number of at least 1, got 0",
  );
});

function draw(stream: number, batch: number, length: number, size: number): number[][][] {
  const values = uniform({ seed: 9, stream }, batch * length * size, -1, 1);
  return Array.from({ length: batch }, (_, n) =>
    Array.from({ length }, (__, i) =>
      Array.from(values.subarray((n * length + i) * size, (n * length + i + 1) * size)),
    ),
  );
}

/** Compares the layer with plain loops in float64. */
async function compare(
  layer: MultiHeadAttention,
  queries: Matrix[],
  others: Matrix[],
  { causal = false, cross = false }: { causal?: boolean; cross?: boolean },
): Promise<void> {
  using y = scope(() => layer.forward(tensor(queries), cross ? { value: tensor(others) } : { causal }));
  const heads = layer.numHeads;
  const parts = await Promise.all([layer.query, layer.key, layer.value, layer.output].map(projection));
  const [query, key, value, output] = parts as [Projection, Projection, Projection, Projection];
  const expected = queries.flatMap((rows, n) => {
    const [q, k, v] = [query(rows), key(others[n]!), value(others[n]!)];
    const joined = q.map((row, i) => {
      const [depth, width] = [row.length / heads, v[0]!.length / heads];
      return Array.from({ length: heads }, (_, head) => {
        const part = (values: number[], size: number) => values.slice(head * size, (head + 1) * size);
        const seen = causal ? k.slice(0, i + 1) : k;
        const scores = seen.map((other) => dot(part(row, depth), part(other, depth)) / Math.sqrt(depth));
        const powers = scores.map(Math.exp);
        const total = powers.reduce((sum, power) => sum + power, 0);
        return Array.from({ length: width }, (__, c) =>
          powers.reduce((sum, power, j) => sum + (power / total) * part(v[j]!, width)[c]!, 0),
        );
      }).flat();
    });
    return output(joined).flat();
  });
  const found = await y.data();
  expect(found).toHaveLength(expected.length);
  // Sums of a dozen terms below 2, four after each other.
  expected.forEach((each, i) => {
    expect(Math.abs(found[i]! - each)).toBeLessThan(1e-5);
  });
}

type Projection = (rows: Matrix) => Matrix;

async function projection({ kernel, bias }: Dense): Promise<Projection> {
  const [weights, offsets] = [await kernel.data(), await bias!.data()];
  const columns = kernel.shape[1]!;
  return (rows) =>
    rows.map((row) =>
      Array.from({ length: columns }, (_, c) =>
        row.reduce((sum, value, i) => sum + value * weights[i * columns + c]!, offsets[c]!),
      ),
    );
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
