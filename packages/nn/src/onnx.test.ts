/** @file Exported models, run by onnxruntime: what it computes is what the engine computes. */
import {
  openDevice,
  type Shape,
  scope,
  setDefaultDevice,
  softmax,
  type Tensor,
  tensor,
  uniform,
} from "@tessera/tensor";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawBatch } from "../fixtures/golden-draws.ts";
import { drawState } from "../fixtures/trained-state.ts";
import { PixelScale } from "./batch.ts";
import { RandomStreams } from "./initializers.ts";
import { Activation, type ActivationName } from "./layers/activation.ts";
import { AveragePooling2D } from "./layers/average-pooling2d.ts";
import { Conv2D } from "./layers/conv2d.ts";
import { Conv2DTranspose } from "./layers/conv2d-transpose.ts";
import { Dense } from "./layers/dense.ts";
import { DepthwiseConv2D } from "./layers/depthwise-conv2d.ts";
import { Flatten } from "./layers/flatten.ts";
import { LayerNormalization } from "./layers/layer-normalization.ts";
import { MaxPooling2D } from "./layers/max-pooling2d.ts";
import { Sequential } from "./layers/sequential.ts";
import { Softmax } from "./layers/softmax.ts";
import { UpSampling2D, type UpSampling2DOptions } from "./layers/up-sampling2d.ts";
import { alexnet } from "./models/alexnet.ts";
import { attention } from "./models/attention.ts";
import { cnn } from "./models/cnn.ts";
import { cnnDropBlock } from "./models/cnn-drop-block.ts";
import { colorizeCnn, colorizeUnet } from "./models/colorize.ts";
import { deeplab } from "./models/deeplab.ts";
import { elu11Paper } from "./models/elu11-paper.ts";
import { elu18 } from "./models/elu18.ts";
import { elu18Paper } from "./models/elu18-paper.ts";
import { miniCnn } from "./models/mini-cnn.ts";
import { resnetDropBlock } from "./models/resnet-drop-block.ts";
import { resnet9 } from "./models/resnet9.ts";
import { resnet18 } from "./models/resnet18.ts";
import { separable } from "./models/separable.ts";
import { Module } from "./module.ts";
import { exportOnnx, type OnnxOptions } from "./onnx.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

const classes = 10;
const small = [32, 32, 3] as const;
const random = new RandomStreams(7);

/** Runs the file; checks that its input and output are called what they should be. */
async function run(file: Uint8Array, images: Float32Array, shape: Shape, output = "logits") {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  try {
    expect([session.inputNames, session.outputNames]).toEqual([["images"], [output]]);
    const results = await session.run({ images: new OrtTensor("float32", images, [...shape]) });
    return results[output]!;
  } finally {
    await session.release();
  }
}

/** The greatest difference, beside 1 and the greatest value: 1e-4 allows for a thousand roundings of float32. */
function difference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 1);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i]!)), 0) / scale;
}

async function engine(model: Module, images: Float32Array, shape: Shape): Promise<Float32Array> {
  model.eval();
  using x = tensor(images, shape);
  using y = scope(() => model.forward(x)) as Tensor;
  return (await y.data()) as Float32Array;
}

async function compare(model: Module, [height, width, channels]: readonly [number, number, number], n = 2) {
  drawState(model);
  const shape = [n, height, width, channels];
  const images = uniform({ seed: 6, stream: 0 }, n * height * width * channels, -1, 1);
  const expected = await engine(model, images, shape);
  const result = await run(await exportOnnx(model, { input: [height, width, channels] }), images, shape);
  expect(result.dims).toEqual(model.outputShape(shape));
  expect(expected.some((value) => Math.abs(value) > 1e-3)).toBe(true);
  expect(difference(result.data as Float32Array, expected)).toBeLessThan(1e-4);
}

const networks: Readonly<Record<string, () => Module>> = {
  cnn: () => cnn({ classes: 100 }),
  "mini-cnn": () => miniCnn({ classes }),
  elu18: () => elu18({ classes, width: 1 / 16 }),
  "elu18-paper": () => elu18Paper({ classes, width: 1 / 16 }),
  "elu11-paper": () => elu11Paper({ classes, width: 1 / 4 }),
  "cnn, narrow": () => cnn({ classes, width: 1 / 8 }),
  attention: () => attention({ classes, width: 1 / 8 }),
  resnet9: () => resnet9({ classes, width: 1 / 8 }),
  "cnn-dropblock": () => cnnDropBlock({ classes, width: 1 / 8 }),
  separable: () => separable({ classes, width: 1 / 8 }),
  "resnet-dropblock": () => resnetDropBlock({ classes, width: 1 / 16 }),
  resnet18: () => resnet18({ classes, width: 1 / 8 }),
};

describe("networks", () => {
  it.each(Object.entries(networks))("%s", async (_, create) => {
    using model = create();
    await compare(model, small);
  });

  it("alexnet", async () => {
    using model = alexnet({ classes, width: 1 / 16 });
    await compare(model, [227, 227, 3], 1);
  });
});

const inputs = 4;
const activations: readonly ActivationName[] = [
  ...(["none", "linear", "relu", "elu", "leaky_relu", "sigmoid", "tanh", "softplus", "silu", "swish", "gelu"] as const),
  ...(["softmax", "log_softmax"] as const),
];
const upsampling: readonly UpSampling2DOptions[] = [{ size: [2, 3] }, { size: 2, interpolation: "bilinear" }];

describe("networks of pixels", () => {
  it.each([
    ["colorize-cnn", () => colorizeCnn({ width: 1 / 4 })],
    ["colorize-unet", () => colorizeUnet({ width: 1 / 4 })],
  ] as const)("%s", async (_, create) => {
    using model = create();
    await compare(model, [16, 12, 1]);
  });

  it("deeplab", async () => {
    using model = deeplab({ classes: 3, width: 1 / 16 });
    await compare(model, [43, 37, 3]);
  });
});

describe("layers", () => {
  const layers: Readonly<Record<string, () => Module>> = {
    "strided, dilated, grouped convolution": () =>
      new Conv2D({ inputs, filters: 6, kernelSize: [3, 2], stride: 2, padding: "same", groups: 2 }, random),
    "dilated convolution": () =>
      new Conv2D({ inputs, filters: 3, kernelSize: 3, dilation: [2, 1], padding: "same", activation: "elu" }, random),
    "depthwise convolution": () =>
      new DepthwiseConv2D({ inputs, kernelSize: 3, depthMultiplier: 2, stride: [2, 1], padding: "same" }, random),
    "transposed convolution, same": () =>
      new Conv2DTranspose({ inputs, filters: 3, kernelSize: 3, stride: 2, padding: "same" }, random),
    "transposed convolution, same, narrow": () =>
      new Conv2DTranspose({ inputs, filters: 3, kernelSize: 2, stride: 3, padding: "same" }, random),
    "transposed convolution, same, output padding": () =>
      new Conv2DTranspose({ inputs, filters: 3, kernelSize: 5, stride: 2, padding: "same", outputPadding: 1 }, random),
    "transposed convolution, valid": () =>
      new Conv2DTranspose({ inputs, filters: 3, kernelSize: 2, stride: 3, activation: "relu" }, random),
    "max-pooling": () => new MaxPooling2D({ poolSize: 3, stride: 2, padding: "same" }),
    "average pooling": () => new AveragePooling2D({ poolSize: [3, 2], stride: 2, padding: "same" }),
    "dense of images": () => new Dense({ inputs, units: 3, activation: "relu" }, random),
    "layer normalisation": () => new LayerNormalization({ inputs }),
    "layer normalisation over three axes": () => new LayerNormalization({ inputs: [7, 5, inputs] }),
    "softmax along rows": () => new Softmax({ axis: 1 }),
  };
  // Behind a convolution channels are first, so that every layer has to ask for the layout that it wants.
  const behind = (layer: Module) =>
    new Sequential([new Conv2D({ inputs: 2, filters: inputs, kernelSize: 1 }, random), layer]);

  it.each(Object.entries(layers))("%s", (_, create) => compareImages(behind(create())));
  it.each(activations)("%s", (name) => compareImages(behind(new Activation(name))));
  it.each(upsampling)("upsampling %o", (options) => compareImages(behind(new UpSampling2D(options))));

  it("flatten in the engine's order", () => compareImages(new Sequential([behind(new MaxPooling2D()), new Flatten()])));
});

/** A result of images comes out channels last. */
async function compareImages(model: Module) {
  using owned = model;
  await compare(owned, [7, 5, 2]);
}

describe("options", () => {
  const exported = (model: Module, options: Partial<OnnxOptions> = {}) =>
    exportOnnx(model, { input: small, ...options });

  it("takes channels first, pixels as bytes, and gives probabilities", async () => {
    using model = miniCnn({ classes });
    drawState(model);
    const pixels = { mean: [120, 121, 122], deviation: [60, 61, 62] };
    const { images, shape } = drawBatch(3);
    using scale = new PixelScale(pixels);
    using x = scale.apply(images, shape);
    using y = scope(() => softmax(model.forward(x))) as Tensor;
    const expected = (await y.data()) as Float32Array;
    const wanted = { pixels, softmax: true };
    const last = await run(await exported(model, wanted), Float32Array.from(images), shape, "probabilities");
    expect(difference(last.data as Float32Array, expected)).toBeLessThan(1e-4);
    const planes = Float32Array.from(images, (_, i) => {
      const [n, rest] = [Math.floor(i / 3072), i % 3072];
      return images[n * 3072 + (rest % 1024) * 3 + Math.floor(rest / 1024)]!;
    });
    const file = await exported(model, { ...wanted, layout: "nchw" });
    const first = await run(file, planes, [3, 3, 32, 32], "probabilities");
    expect(difference(first.data as Float32Array, expected)).toBeLessThan(1e-4);
  });

  it("says who wrote the file and what its classes are", async () => {
    using model = miniCnn({ classes: 2 });
    const text = new TextDecoder("latin1").decode(await exported(model, { classes: ["cat", "dog"] }));
    expect(text.slice(0, 20)).toContain("tessera");
    expect(text).toContain('["cat","dog"]');
  });
});

class Strange extends Module {
  readonly kind = "Strange";
  forward(x: Tensor): Tensor {
    return x;
  }
  outputShape(input: Shape): Shape {
    return input;
  }
}

it("names a layer that has no form, and an input that does not fit", async () => {
  using model = new Sequential([new Strange()]);
  await expect(exportOnnx(model, { input: small })).rejects.toThrow("ONNX: Strange has no ONNX form");
  using network = miniCnn({ classes });
  await expect(exportOnnx(network, { input: [32, 32, 1] })).rejects.toThrow("expected an input of [N, H, W, 3]");
});
