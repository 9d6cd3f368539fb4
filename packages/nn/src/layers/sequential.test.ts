import { openDevice, setDefaultDevice, tensor } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RandomStreams } from "../initializers.ts";
import { Activation } from "./activation.ts";
import { Conv2D } from "./conv2d.ts";
import { Sequential, snakeCase } from "./sequential.ts";
import { ZeroPadding2D } from "./zero-padding2d.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

it("names layers after their kinds, or as it is told", () => {
  using convolution = new Conv2D({ inputs: 1, filters: 1, kernelSize: 1 }, new RandomStreams(0));
  const model = new Sequential([
    new Activation("relu"),
    ["head", convolution],
    new Activation("relu"),
    new ZeroPadding2D(),
  ]);
  expect([...model.layers.keys()]).toEqual(["activation", "head", "activation_1", "zero_padding2d"]);
  expect(model.state().map(([name]) => name)).toEqual(["head.kernel", "head.bias"]);
});

it("refuses two layers of one name", () => {
  const layers = [new Activation("relu"), ["activation", new Activation("elu")]] as const;
  expect(() => new Sequential(layers)).toThrow("Sequential: two layers are named activation");
});

it("pads images with zeros", async () => {
  using x = tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2, 1]);
  using y = new ZeroPadding2D(1).forward(x);
  expect(new ZeroPadding2D(1).outputShape([1, 2, 2, 1])).toEqual([1, 4, 4, 1]);
  expect(y.shape).toEqual([1, 4, 4, 1]);
  expect([...(await y.data())]).toEqual([0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0]);
  expect(() => new ZeroPadding2D(-1)).toThrow("ZeroPadding2D: padding must be a whole number of at least 0, got -1");
  expect(() => new ZeroPadding2D(1).outputShape([4, 4])).toThrow("expected an input of [N, H, W, C], got 2 axes");
});

it.each([
  ["Conv2D", "conv2d"],
  ["Conv2DTranspose", "conv2d_transpose"],
  ["DepthwiseConv2D", "depthwise_conv2d"],
  ["GlobalAveragePooling2D", "global_average_pooling2d"],
  ["UpSampling2D", "up_sampling2d"],
  ["BatchNormalization", "batch_normalization"],
])("names %s %s, as Keras does", (kind, name) => {
  expect(snakeCase(kind)).toBe(name);
});
