// Two parts of a batch, normalised apart with what the other says, are the batch normalised whole.
import { afterAll, describe, expect, it } from "vitest";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { checkClose } from "../../testing/compare.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { drawSeeds, toTensorData } from "../../testing/inputs.ts";
import { mapArray, type NdArray } from "../../testing/nd-array.ts";
import { batchNormGradientReference, batchNormReference } from "./batch-norm.reference.ts";
import { synchronisedBatchNorm } from "./synchronised-batch-norm.ts";

const devices = await openTestDevices();
const epsilon = 1e-3;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** Rows `from` … `to` of the first axis. */
function part(x: NdArray, from: number, to: number): NdArray {
  const row = x.data.length / x.shape[0]!;
  return { shape: [to - from, ...x.shape.slice(1)], data: x.data.slice(from * row, to * row) };
}

function sums(
  dy: NdArray,
  x: NdArray,
  mean: NdArray,
  variance: NdArray,
): [dscale: Float64Array, doffset: Float64Array] {
  const channels = mean.data.length;
  const [dscale, doffset] = [new Float64Array(channels), new Float64Array(channels)];
  dy.data.forEach((g, i) => {
    const c = i % channels;
    doffset[c]! += g;
    dscale[c]! += (g * (x.data[i]! - mean.data[c]!)) / Math.sqrt(variance.data[c]! + epsilon);
  });
  return [dscale, doffset];
}

describe.each(devices)("synchronisedBatchNorm on $name", ({ device }) => {
  const upload = (array: NdArray) => tensor(toTensorData(array), array.shape, { device });

  it.each([
    [[5, 3, 2, 7], 2],
    [[6, 4, 4, 64], 4],
    [[9, 70], 1],
    [[40, 5, 5, 3], 39],
  ] as const)("of the first part of %j, cut before example %i", async (shape, cut) => {
    const channels = shape.at(-1)!;
    const x = mapArray(drawSeeds("synchronised", 0, [...shape]), (value) => Math.fround(value + 2));
    const dy = mapArray(drawSeeds("synchronised", 1, [...shape]), Math.fround);
    const [scale, offset] = [2, 3].map((stream) =>
      mapArray(drawSeeds("synchronised", stream, [channels]), Math.fround),
    );
    const [y, mean, variance] = batchNormReference(x, scale!, offset!, epsilon);
    const [dx] = batchNormGradientReference(dy, x, scale!, offset!, epsilon);
    const [here, others] = [[0, cut] as const, [cut, shape[0]] as const];
    const theirs = sums(part(dy, ...others), part(x, ...others), mean, variance);
    const ours = sums(part(dy, ...here), part(x, ...here), mean, variance);
    const [, ownMean, ownVariance] = batchNormReference(part(x, ...here), scale!, offset!, epsilon);
    const asked: Float32Array[] = [];
    const exchange = {
      examples: shape[0],
      async statistics(first: Float32Array, second: Float32Array) {
        asked.push(first.slice(), second.slice());
        first.set(mean.data);
        second.set(variance.data);
      },
      async sums(first: Float32Array, second: Float32Array) {
        for (const [i, each] of [first, second].entries()) {
          each.forEach((value, c) => {
            each[c] = value + theirs[i]![c]!;
          });
        }
      },
    };
    const results = scope(() => {
      const inputs = [part(x, ...here), scale!, offset!].map(upload);
      for (const input of inputs) input.requiresGradient = true;
      const output = synchronisedBatchNorm(inputs[0]!, { scale: inputs[1]!, offset: inputs[2]!, epsilon, exchange });
      expect([output.mean, output.variance].map(({ requiresGradient }) => requiresGradient)).toEqual([false, false]);
      return [output.y, ...gradients(output.y, inputs, [upload(part(dy, ...here))])];
    });
    const expected = [part(y, ...here), part(dx, ...here), ...ours.map((data) => ({ shape: [channels], data }))];
    // As the cases of batchNorm, with sums of up to 1000 terms of one size.
    for (const [i, result] of results.entries()) {
      checkClose(await result!.data(), expected[i]!, { what: `result ${i}`, tolerance: 1e-5 });
      result!.dispose();
    }
    checkClose(asked[0]!, ownMean, { what: "mean of the part", tolerance: 4e-6 });
    checkClose(asked[1]!, ownVariance, { what: "variance of the part", tolerance: 4e-6 });
  });

  it("names what does not fit", () => {
    scope(() => {
      const exchange = { examples: 1, statistics: async () => {}, sums: async () => {} };
      const three = tensor(new Float32Array(3), [3], { device });
      const x = tensor(new Float32Array(8), [2, 4], { device });
      expect(() => synchronisedBatchNorm(x, { scale: three, offset: three, exchange })).toThrow(
        "synchronisedBatchNorm: scale must be [4], one value per channel, got [3]",
      );
      const empty = tensor(new Float32Array(0), [0, 3], { device });
      expect(() => synchronisedBatchNorm(empty, { scale: three, offset: three, exchange })).toThrow(
        "synchronisedBatchNorm: x has no values to take statistics of: [0, 3]",
      );
    });
  });
});
