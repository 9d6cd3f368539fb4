// Layers of the convolution family: the shapes they promise are those that they give, and they hold Keras's weights.
import {
  gradients,
  openDevice,
  type Shape,
  scope,
  setDefaultDevice,
  sizeOf,
  sum,
  tensor,
  uniform,
} from "@tessera/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStreams } from "../initializers.ts";
import type { Module } from "../module.ts";
import { AveragePooling2D } from "./average-pooling2d.ts";
import { Conv2D } from "./conv2d.ts";
import { Conv2DTranspose } from "./conv2d-transpose.ts";
import { DepthwiseConv2D } from "./depthwise-conv2d.ts";
import { GlobalAveragePooling2D } from "./global-average-pooling2d.ts";
import { GlobalMaxPooling2D } from "./global-max-pooling2d.ts";
import { MaxPooling2D } from "./max-pooling2d.ts";
import { Residual } from "./residual.ts";
import { SeparableConv2D } from "./separable-conv2d.ts";
import { UpSampling2D } from "./up-sampling2d.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

const random = () => new RandomStreams(1);
const image = [2, 7, 9, 4];

interface Row {
  readonly name: string;
  readonly make: () => Module;
  readonly output: Shape;
  /** Names and shapes of the weights. */
  readonly weights: Readonly<Record<string, Shape>>;
}

const rows: readonly Row[] = [
  {
    name: "Conv2D, groups and dilation",
    make: () => new Conv2D({ inputs: 4, filters: 6, kernelSize: 3, groups: 2, dilation: [2, 1] }, random()),
    output: [2, 3, 7, 6],
    weights: { kernel: [3, 3, 2, 6], bias: [6] },
  },
  {
    name: "Conv2D, dilation, same, stride",
    make: () => new Conv2D({ inputs: 4, filters: 5, kernelSize: 3, dilation: 3, stride: 2, padding: "same" }, random()),
    output: [2, 4, 5, 5],
    weights: { kernel: [3, 3, 4, 5], bias: [5] },
  },
  {
    name: "DepthwiseConv2D",
    make: () =>
      new DepthwiseConv2D({ inputs: 4, kernelSize: [3, 2], depthMultiplier: 2, activation: "relu" }, random()),
    output: [2, 5, 8, 8],
    weights: { kernel: [3, 2, 4, 2], bias: [8] },
  },
  {
    name: "DepthwiseConv2D, same, stride, dilation, no bias",
    make: () =>
      new DepthwiseConv2D(
        { inputs: 4, kernelSize: 3, padding: "same", stride: [2, 3], dilation: 2, bias: false },
        random(),
      ),
    output: [2, 4, 3, 4],
    weights: { kernel: [3, 3, 4, 1] },
  },
  {
    name: "SeparableConv2D",
    make: () => new SeparableConv2D({ inputs: 4, filters: 5, kernelSize: 3, depthMultiplier: 2, stride: 2 }, random()),
    output: [2, 3, 4, 5],
    weights: { "depthwise.kernel": [3, 3, 4, 2], "pointwise.kernel": [1, 1, 8, 5], "pointwise.bias": [5] },
  },
  {
    name: "Conv2DTranspose, same",
    make: () => new Conv2DTranspose({ inputs: 4, filters: 3, kernelSize: 3, stride: 2, padding: "same" }, random()),
    output: [2, 14, 18, 3],
    weights: { kernel: [3, 3, 3, 4], bias: [3] },
  },
  {
    name: "Conv2DTranspose, valid, output padding, no bias",
    make: () =>
      new Conv2DTranspose(
        { inputs: 4, filters: 3, kernelSize: [2, 3], stride: 3, outputPadding: [0, 2], bias: false },
        random(),
      ),
    output: [2, 20, 29, 3],
    weights: { kernel: [2, 3, 3, 4] },
  },
  { name: "UpSampling2D", make: () => new UpSampling2D(), output: [2, 14, 18, 4], weights: {} },
  {
    name: "UpSampling2D, bilinear",
    make: () => new UpSampling2D({ size: [1, 3], interpolation: "bilinear" }),
    output: [2, 7, 27, 4],
    weights: {},
  },
  { name: "AveragePooling2D", make: () => new AveragePooling2D(), output: [2, 3, 4, 4], weights: {} },
  {
    name: "AveragePooling2D, same",
    make: () => new AveragePooling2D({ poolSize: [3, 2], stride: 2, padding: "same" }),
    output: [2, 4, 5, 4],
    weights: {},
  },
  { name: "MaxPooling2D", make: () => new MaxPooling2D({ poolSize: [2, 3] }), output: [2, 3, 3, 4], weights: {} },
  { name: "GlobalAveragePooling2D", make: () => new GlobalAveragePooling2D(), output: [2, 4], weights: {} },
  { name: "GlobalMaxPooling2D", make: () => new GlobalMaxPooling2D(), output: [2, 4], weights: {} },
  {
    name: "Residual",
    make: () => new Residual(new Conv2D({ inputs: 4, filters: 4, kernelSize: 3, padding: "same" }, random())),
    output: image,
    weights: { "body.kernel": [3, 3, 4, 4], "body.bias": [4] },
  },
];

describe.each(rows)("$name", ({ make, output, weights }) => {
  it("gives the shape that it promises, from the weights that it has", () => {
    using layer = make();
    using x = tensor(new Float32Array(sizeOf(image)), image);
    using y = scope(() => layer.forward(x));
    expect(layer.outputShape(image)).toEqual(output);
    expect(y.shape).toEqual(output);
    expect(Object.fromEntries(layer.state().map(([name, { shape }]) => [name, [...shape]]))).toEqual(weights);
  });

  it("has a gradient for the input and for every weight", async () => {
    using layer = make();
    const found = scope(() => {
      const x = tensor(uniform({ seed: 2, stream: 0 }, sizeOf(image), 0.5, 1), image);
      x.requiresGradient = true;
      return gradients(sum(layer.forward(x)), [x, ...layer.parameters()]);
    });
    for (const gradient of found) {
      expect((await gradient!.data()).some((value) => value !== 0)).toBe(true);
      gradient!.dispose();
    }
    expect(found).toHaveLength(1 + Object.keys(weights).length);
  });

  it("refuses another input", () => {
    using layer = make();
    expect(() => layer.outputShape([2, 7, 9])).toThrow(
      /^\w+2D\w*: expected an input of \[N, H, W, [C\d]+\], got \[2, 7, 9\]$/,
    );
  });
});

it("computes what the parts compute", async () => {
  using layer = new SeparableConv2D({ inputs: 4, filters: 5, kernelSize: 3, activation: "relu" }, random());
  using x = tensor(uniform({ seed: 2, stream: 0 }, sizeOf(image), -1, 1), image);
  using whole = scope(() => layer.forward(x));
  using parts = scope(() => layer.pointwise.forward(layer.depthwise.forward(x)));
  const values = await whole.data();
  expect(values).toEqual(await parts.data());
  expect(values.some((value) => value > 0) && values.every((value) => value >= 0)).toBe(true);
});

it("counts what the weights of kernels cost", async () => {
  const layers = [
    new DepthwiseConv2D({ inputs: 4, kernelSize: 3, depthwiseRegularizer: { l2: 0.5 } }, random()),
    new Conv2DTranspose({ inputs: 4, filters: 2, kernelSize: 3, kernelRegularizer: { l2: 0.25 } }, random()),
    new SeparableConv2D(
      {
        ...{ inputs: 4, filters: 3, kernelSize: 3 },
        ...{ depthwiseRegularizer: { l2: 0.5 }, pointwiseRegularizer: { l2: 2 } },
      },
      random(),
    ),
  ];
  const costs = [[0.5], [0.25], [0.5, 2]];
  for (const [i, layer] of layers.entries()) {
    using penalty = scope(() => layer.penalty());
    const kernels = layer.parameters().filter(({ rank }) => rank === 4);
    let expected = 0;
    for (const [j, kernel] of kernels.entries()) {
      for (const value of await kernel.data()) expected += costs[i]![j]! * value * value;
    }
    expect(await penalty!.item()).toBeCloseTo(expected, 5);
    expect(kernels).toHaveLength(costs[i]!.length);
    layer.dispose();
  }
});

it("takes the greatest value of an image, whatever its size", async () => {
  using layer = new GlobalMaxPooling2D();
  for (const size of [1, 3, 8]) {
    const values = Float32Array.from({ length: size * size * 2 }, (_, i) => (i % 2 === 0 ? -1 - i : i));
    using y = scope(() => layer.forward(tensor(values, [1, size, size, 2])));
    expect(Array.from(await y.data())).toEqual([-1, size * size * 2 - 1]);
  }
});

it("checks what it is made of", () => {
  expect(() => new Conv2D({ inputs: 4, filters: 6, kernelSize: 1, groups: 4 }, random())).toThrow(
    "Conv2D: groups must divide inputs and filters: 4 groups, 4 inputs and 6 filters",
  );
  expect(() => new UpSampling2D({ size: [2, 0.5] })).toThrow(
    "UpSampling2D: size must be whole numbers of at least 1, got [2, 0.5]",
  );
  using narrowing = new Residual(new Conv2D({ inputs: 4, filters: 3, kernelSize: 1 }, random()));
  expect(() => narrowing.outputShape(image)).toThrow("Residual: the body makes [2, 7, 9, 3] of [2, 7, 9, 4]: no sum");
  using layer = new DepthwiseConv2D({ inputs: 4, kernelSize: 3, dilation: 4 }, random());
  expect(() => layer.outputShape(image)).toThrow("DepthwiseConv2D: a window of 9 does not fit into 7 pixels");
  expect(() => layer.outputShape([1, 9, 9, 3])).toThrow("DepthwiseConv2D: expected an input of [N, H, W, 4]");
});
