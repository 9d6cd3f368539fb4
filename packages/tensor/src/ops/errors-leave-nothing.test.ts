/** @file Ops that are made up of others, called without a scope: an error leaves no tensor behind. */
import { afterAll, describe, expect, it, vi } from "vitest";
import { openCpu } from "../devices/cpu/cpu-device.ts";
import { gradients } from "../gradients.ts";
import { trackLeaks } from "../scope.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { scaledDotProductAttention } from "./attention/attention.ts";
import { crossEntropy } from "./cross-entropy/cross-entropy.ts";
import { div } from "./div/div.ts";
import { dropBlock } from "./drop-block/drop-block.ts";
import { l2Penalty } from "./l2-penalty/l2-penalty.ts";
import { matmul } from "./matmul/matmul.ts";
import { moments } from "./moments/moments.ts";
import { mul } from "./mul/mul.ts";
import { standardDeviation } from "./standard-deviation/standard-deviation.ts";
import { sum } from "./sum/sum.ts";
import { variance } from "./variance/variance.ts";
import { where } from "./where/where.ts";

const device = await openCpu({ threads: 1 });
afterAll(() => device.destroy());

const of = (...shape: number[]) =>
  tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5), shape, { device });
const [x, batch, row, bytes] = [of(4, 6), of(2, 3, 4), of(6), tensor(new Uint8Array(24), [4, 6], { device })];
const [labels, images] = [tensor(Int32Array.of(0, 1, 2, 3), [4], { device }), of(1, 4, 4, 2)];
for (const one of [x, batch, row]) one.requiresGradient = true;
const [tall, values, mask] = [of(5, 6), of(3, 3, 4), of(3, 3)];
const [outputs, total] = [[sum(x), mul(x, row)], sum(mul(mul(x, row), 2))];

describe("documented errors", () => {
  it.each<[string, RegExp, () => unknown]>([
    ["attention: a depth", /^scaledDotProductAttention: depths/, () => scaledDotProductAttention(x, batch, batch)],
    [
      "attention: leading axes of the value",
      /^scaledDotProductAttention: leading axes: shapes do not broadcast/,
      () => scaledDotProductAttention(batch, batch, values),
    ],
    ["attention: dtype", /^scaledDotProductAttention: value must be/, () => scaledDotProductAttention(x, x, bytes)],
    [
      "attention: mask dtype",
      /^scaledDotProductAttention: mask must be float32/,
      () => scaledDotProductAttention(x, x, x, { mask: bytes }),
    ],
    ["moments: correction", /^moments: correction/, () => moments(x, { correction: 24 })],
    ["variance: correction", /^variance: correction/, () => variance(x, { correction: -1 })],
    ["variance: axis", /^variance: axis/, () => variance(x, { axes: 2 })],
    ["variance: dtype", /^mean: x must be float32/, () => variance(bytes)],
    ["standardDeviation", /^variance: correction/, () => standardDeviation(x, { axes: 1, correction: 6 })],
    ["crossEntropy: weight", /^crossEntropy: weight/, () => crossEntropy(x, labels, { weight: x })],
    ["crossEntropy: labels", /^crossEntropy: float32 labels/, () => crossEntropy(x, row, { labelSmoothing: 0.1 })],
    ["matmul: inner sizes", /^matmul: inner sizes/, () => matmul(batch, tall)],
    ["matmul: bias", /^matmul: bias/, () => matmul(batch, x, { bias: x })],
    ["l2Penalty: lambda", /^l2Penalty: lambda/, () => l2Penalty([x], -1)],
    ["l2Penalty: dtype", /float32/, () => l2Penalty([x, bytes], 1)],
    ["a number beside a wrong dtype", /^div: b must be float32/, () => div(1, bytes)],
    ["numbers beside a wrong dtype", /^where: condition must be float32/, () => where(bytes, 1, 0)],
    [
      "dropBlock",
      /does not fit/,
      () => dropBlock(images, { keepProbability: 0.5, blockSize: 9, key: { seed: 1, stream: 0 } }),
    ],
    ["gradients: a loss that is none", /expected a scalar loss/, () => gradients(outputs, [x])],
  ])("%s", (_, message, call) => {
    const leaks = trackLeaks();
    expect(call).toThrow(message);
    expect(leaks()).toEqual([]);
  });
});

describe("memory that runs out anywhere", () => {
  it.each<[string, () => Tensor | (Tensor | null)[]]>([
    ["attention", () => scaledDotProductAttention(batch, batch, batch, { mask })],
    ["standardDeviation", () => standardDeviation(x)],
    ["crossEntropy", () => crossEntropy(x, labels, { weight: row })],
    ["matmul", () => matmul(batch, x)],
    ["l2Penalty", () => l2Penalty([x, row], 0.3)],
    ["moments", () => Object.values(moments(x)) as Tensor[]],
    ["dropBlock", () => dropBlock(images, { keepProbability: 0.5, blockSize: 2, key: { seed: 1, stream: 0 } })],
    ["gradients through broadcasting", () => gradients(total, [x, row])],
  ])("%s", (_, call) => {
    for (const made of [call()].flat()) made?.dispose(); // constants, which stay
    const allocate = device.allocate.bind(device);
    for (let refused = 1, calls = Number.POSITIVE_INFINITY; calls >= refused; refused++) {
      calls = 0;
      const stub = vi.spyOn(device, "allocate").mockImplementation((byteLength, purpose) => {
        if (++calls === refused) throw new RangeError("refused");
        return allocate(byteLength, purpose);
      });
      const leaks = trackLeaks();
      try {
        for (const made of [call()].flat()) made?.dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      } finally {
        stub.mockRestore();
      }
      expect(leaks(), `allocation ${refused}`).toEqual([]);
    }
  });
});
