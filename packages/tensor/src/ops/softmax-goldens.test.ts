import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { randomBits, uniform } from "../random.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { mapArray, mapPairs, type NdArray, ndArray } from "../testing/nd-array.ts";
import {
  type AttentionReferenceOptions,
  attentionGradientReference,
  attentionReference,
} from "./attention/attention.reference.ts";
import { averagePoolGradientReference, averagePoolReference } from "./average-pool/average-pool.reference.ts";
import { concatGradientReference, concatReference } from "./concat/concat.reference.ts";
import {
  type CrossEntropyReferenceOptions,
  crossEntropyGradientReference,
  crossEntropyReference,
} from "./cross-entropy/cross-entropy.reference.ts";
import { activationFunctions, leakyReluFunction } from "./elementwise/activations.reference.ts";
import {
  clipFunction,
  minimumFunction,
  whereGradientReference,
  whereReference,
} from "./elementwise/choices.reference.ts";
import {
  binaryGradientReference,
  binaryReference,
  type UnaryFunction,
  unaryGradientReference,
  unaryReference,
} from "./elementwise/elementwise.reference.ts";
import { gatherGradientReference, gatherReference } from "./gather/gather.reference.ts";
import { checkGolden, type Golden, type Oracle } from "./goldens.ts";
import { layerNormGradientReference, layerNormReference } from "./layer-norm/layer-norm.reference.ts";
import { type MatmulReferenceOptions, matmulGradientReference, matmulReference } from "./matmul/matmul.reference.ts";
import {
  type MomentsReferenceOptions,
  momentsReference,
  varianceGradientReference,
} from "./moments/moments.reference.ts";
import { oneHotReference } from "./one-hot/one-hot.reference.ts";
import { padGradientReference, padReference } from "./pad/pad.reference.ts";
import { sliceGradientReference, sliceReference } from "./slice/slice.reference.ts";
import {
  type SoftmaxReferenceOptions,
  softmaxGradientReference,
  softmaxReference,
} from "./softmax/softmax.reference.ts";

const path = new URL("../../goldens/ops-softmax.json", import.meta.url);
const { provenance: _, ...goldens } = JSON.parse(readFileSync(path, "utf8")) as Record<string, Golden>;

const indices = ndArray([4], (i) => [0, 3, 3, 1][i]!);
const condition = mapArray(constant([11], -1, 1, 3), (value) => Number(value > 0));
const padding = [
  [1, 0],
  [0, 2],
  [2, 1],
] as const;

const oracles: Record<string, Oracle> = {
  softmax: softmaxOracle({ axis: 1 }),
  softmaxAlong1: softmaxOracle({ axis: 1 }),
  logSoftmax: softmaxOracle({ axis: 1, log: true }),
  logSoftmaxAlong0: softmaxOracle({ axis: 0, log: true }),
  crossEntropyPixels: loss({}),
  crossEntropySmoothed: loss({ labelSmoothing: 0.1 }),
  crossEntropyIgnored: loss({ ignoreIndex: 2 }),
  crossEntropyWeighted: loss({}, true),
  crossEntropyAll: loss({ labelSmoothing: 0.2, ignoreIndex: 1 }, true),
  crossEntropySoft: loss({ soft: true }),
  crossEntropySoftPixels: loss({ soft: true, labelSmoothing: 0.3 }, true),
  matmulBatched: product({}),
  matmulStretched: product({}),
  matmulTransposed: product({ transposeA: true, transposeB: true }),
  attention: attention({}),
  attentionCausal: attention({ causal: true }),
  attentionMasked: attention({}),
  layerNorm,
  layerNormOver2: layerNorm,
  variance: variance({ axes: [0, 2] }),
  varianceCorrected: variance({ axes: [1], correction: 1, keepDims: true }),
  standardDeviation: ([x], dy) => {
    const options = { axes: [0] };
    const output = mapArray(momentsReference(x!, options)[1], Math.sqrt);
    const dvariance = mapPairs(dy, output, (g, y) => g / (2 * y));
    return { output, gradients: [varianceGradientReference(dvariance, x!, options)] };
  },
  sigmoid: unary(activationFunctions.sigmoid),
  tanh: unary(activationFunctions.tanh),
  softplus: unary(activationFunctions.softplus),
  silu: unary(activationFunctions.silu),
  gelu: unary(activationFunctions.gelu),
  leakyRelu: unary(leakyReluFunction(0.3)),
  clip: unary(clipFunction(-0.5, 1.25)),
  minimum: ([a, b], dy) => ({
    output: binaryReference(minimumFunction, a!, b!),
    gradients: binaryGradientReference(minimumFunction, dy, a!, b!),
  }),
  where: ([a, b], dy) => ({
    output: whereReference(condition, a!, b!),
    gradients: whereGradientReference(dy, condition, a!, b!).flatMap((gradient) => gradient ?? []),
  }),
  averagePool: average({ window: 3, stride: 2 }),
  averagePoolSame: average({ window: 3, stride: 2, padding: "same" }),
  globalAveragePool: average({ window: [3, 4] }),
  pad: ([x], dy) => ({ output: padReference(x!, padding, 0.5), gradients: [padGradientReference(dy, x!, padding)] }),
  slice: ([x], dy) => ({
    output: sliceReference(x!, [1, 0, 2], [2, 2, 3]),
    gradients: [sliceGradientReference(dy, x!, [1, 0, 2])],
  }),
  concat: (parts, dy) => ({ output: concatReference(parts, 1), gradients: concatGradientReference(dy, parts, 1) }),
  gather: ([x], dy) => ({
    output: gatherReference(x!, indices, 1),
    gradients: [gatherGradientReference(dy, x!, indices, 1)],
  }),
  oneHot: () => ({ output: oneHotReference(classes([7], 4), 4), gradients: [] }),
};

describe("oracles agree with PyTorch", () => {
  it.each(Object.entries(oracles))("%s", (name, oracle) => {
    checkGolden(name, goldens[name]!, oracle);
  });

  it("in all that was frozen", () => expect(Object.keys(goldens)).toEqual(Object.keys(oracles)));
});

function softmaxOracle(options: SoftmaxReferenceOptions): Oracle {
  return ([x], dy) => ({
    output: softmaxReference(x!, options),
    gradients: [softmaxGradientReference(dy, x!, options)],
  });
}

function loss(options: CrossEntropyReferenceOptions, weighted = false): Oracle {
  return ([logits], dy) => {
    const { shape } = logits!;
    const labels = options.soft ? constant(shape, 0, 1, 1) : classes(shape.slice(0, -1), shape.at(-1)!);
    const weight = weighted ? constant(shape.slice(-1), 0.5, 1.5, 2) : undefined;
    return {
      output: crossEntropyReference(logits!, labels, options, weight),
      gradients: [crossEntropyGradientReference(dy, logits!, labels, options, weight)],
    };
  };
}

function product(options: MatmulReferenceOptions): Oracle {
  return ([a, b], dy) => ({
    output: matmulReference(a!, b!, undefined, options),
    gradients: matmulGradientReference(dy, a!, b!, undefined, options),
  });
}

function attention(options: AttentionReferenceOptions): Oracle {
  return ([query, key, value, mask], dy) => {
    const operands = { query: query!, key: key!, value: value!, mask };
    return {
      output: attentionReference(operands, options),
      gradients: attentionGradientReference(dy, operands, options),
    };
  };
}

function layerNorm([x, scale, offset]: readonly NdArray[], dy: NdArray): ReturnType<Oracle> {
  return {
    output: layerNormReference(x!, scale!, offset!, 1e-3),
    gradients: layerNormGradientReference(dy, x!, scale!, 1e-3),
  };
}

function variance(options: MomentsReferenceOptions): Oracle {
  return ([x], dy) => ({
    output: momentsReference(x!, options)[1],
    gradients: [varianceGradientReference(dy, x!, options)],
  });
}

function unary(f: UnaryFunction): Oracle {
  return ([x], dy) => ({ output: unaryReference(f, x!), gradients: [unaryGradientReference(f, dy, x!)] });
}

function average(options: Parameters<typeof averagePoolReference>[1]): Oracle {
  return ([x], dy) => ({
    output: averagePoolReference(x!, options),
    gradients: [averagePoolGradientReference(dy, x!, options)],
  });
}

/** As the program draws class numbers. */
function classes(shape: Shape, count: number): NdArray {
  const bits = randomBits({ seed: 7, stream: 0 }, sizeOf(shape));
  return ndArray(shape, (i) => bits[i]! % count);
}

/** As the program draws what has no gradient. */
function constant(shape: Shape, low: number, high: number, stream: number): NdArray {
  return { shape, data: Float64Array.from(uniform({ seed: 7, stream }, sizeOf(shape), low, high)) };
}
