import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { randomBits } from "../random.ts";
import { checkClose } from "../testing/compare.ts";
import { type NdArray, ndArray } from "../testing/nd-array.ts";
import { adamReference } from "./adam/adam.reference.ts";
import { batchNormGradientReference, batchNormReference } from "./batch-norm/batch-norm.reference.ts";
import { conv2dGradientReference, conv2dReference } from "./conv2d/conv2d.reference.ts";
import { crossEntropyGradientReference, crossEntropyReference } from "./cross-entropy/cross-entropy.reference.ts";
import { eluFunction, unaryGradientReference, unaryReference } from "./elementwise/elementwise.reference.ts";
import { checkGolden, drawn, type Golden, listed, type Oracle, tolerance } from "./goldens.ts";
import { maxPoolGradientReference, maxPoolReference } from "./max-pool/max-pool.reference.ts";
import { sgdReference } from "./sgd/sgd.reference.ts";

const path = new URL("../../goldens/ops.json", import.meta.url);
const goldens = JSON.parse(readFileSync(path, "utf8")) as Record<string, Golden> &
  Record<"adam" | "sgd" | "nesterov", readonly (readonly number[])[]>;

const labels = ndArray([4], (i) => randomBits({ seed: 7, stream: 0 }, 4)[i]! % 6);
const explicit = {
  stride: 2,
  padding: [
    [2, 0],
    [1, 3],
  ],
} as const;

const oracles: Record<string, Oracle> = {
  conv2dSame: ([x, filter, bias], dy) => ({
    output: conv2dReference(x!, filter!, bias, { padding: "same" }),
    gradients: conv2dGradientReference(dy, x!, filter!, bias, { padding: "same" }),
  }),
  conv2dExplicit: ([x, filter, bias], dy) => ({
    output: conv2dReference(x!, filter!, bias, explicit),
    gradients: conv2dGradientReference(dy, x!, filter!, bias, explicit),
  }),
  maxPool: ([x], dy) => ({
    output: maxPoolReference(x!, { window: 3, stride: 2 }),
    gradients: [maxPoolGradientReference(dy, x!, { window: 3, stride: 2 })],
  }),
  batchNorm: ([x, scale, offset], dy) => ({
    output: batchNormReference(x!, scale!, offset!, 1e-3)[0],
    gradients: batchNormGradientReference(dy, x!, scale!, offset!, 1e-3),
  }),
  crossEntropy: ([logits], dy) => ({
    output: crossEntropyReference(logits!, labels),
    gradients: [crossEntropyGradientReference(dy, logits!, labels)],
  }),
  elu: ([x], dy) => ({
    output: unaryReference(eluFunction(0.3), x!),
    gradients: [unaryGradientReference(eluFunction(0.3), dy, x!)],
  }),
};

describe("oracles agree with PyTorch", () => {
  it.each(Object.entries(oracles))("%s", (name, oracle) => {
    checkGolden(name, goldens[name]!, oracle);
  });

  it("adam", () => {
    const settings = { learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0 };
    let state = { parameter: drawnStep(0), firstMoment: ndArray([5]), secondMoment: ndArray([5]) };
    goldens.adam.forEach((expected, i) => {
      state = adamReference(state, drawnStep(i + 1), { ...settings, step: i + 1 });
      checkClose(state.parameter.data, listed(expected), { what: `adam: step ${i + 1}`, tolerance });
    });
    expect(goldens.adam).toHaveLength(3);
  });

  it.each([
    ["sgd", false],
    ["nesterov", true],
  ] as const)("%s", (name, nesterov) => {
    const settings = { learningRate: 0.1, momentum: 0.9, nesterov, weightDecay: 0, decoupled: false };
    let state = { parameter: drawnStep(0), velocity: ndArray([5]) };
    goldens[name].forEach((expected, i) => {
      state = sgdReference(state, drawnStep(i + 1), settings);
      checkClose(state.parameter.data, listed(expected), { what: `${name}: step ${i + 1}`, tolerance });
    });
    expect(goldens[name]).toHaveLength(3);
  });
});

function drawnStep(stream: number): NdArray {
  return drawn([5], { seed: 5, stream });
}
