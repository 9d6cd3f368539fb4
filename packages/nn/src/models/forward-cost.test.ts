// What forward passes cost beside sums written out by hand, layer by layer; and the counts of models' parameters.
import { openDevice, type Shape, setDefaultDevice } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RandomStreams } from "../initializers.ts";
import { Conv2D } from "../layers/conv2d.ts";
import { Conv2DTranspose } from "../layers/conv2d-transpose.ts";
import type { Module } from "../module.ts";
import { summarize } from "../summary.ts";
import { attention } from "./attention.ts";
import { cnn } from "./cnn.ts";
import { cnnDropBlock } from "./cnn-drop-block.ts";
import { colorizeCnn, colorizeUnet } from "./colorize.ts";
import { deeplab } from "./deeplab.ts";
import { elu18Paper } from "./elu18-paper.ts";
import { resnetDropBlock } from "./resnet-drop-block.ts";
import { resnet18 } from "./resnet18.ts";
import { separable } from "./separable.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Pixels · filters · products a value, of convolutions. */
const products = (...convolutions: [side: number, filters: number, each: number][]) =>
  sum(convolutions.map(([side, filters, each]) => side * side * filters * each));

/** Each map's side · side · channels · how many there are of it. */
const values = (...maps: [side: number, channels: number, count: number][]) =>
  sum(maps.map(([side, channels, count]) => side * side * channels * count));

/** 2048, 2048 and the classes, each normalised, the hidden ones with ReLU and dropout. */
const head = { multiplyAdds: 2048 * 2048 * 2 + 2048 * 100, activations: 2 * 4 * 2048 + 2 * 100 };

interface Row {
  readonly name: string;
  readonly make: () => Module;
  readonly multiplyAdds: number;
  readonly activations: number;
}

const rows: readonly Row[] = [
  {
    name: "cnn",
    make: () => cnn({ classes: 100 }),
    multiplyAdds:
      products([32, 32, 27], [32, 32, 288], [16, 64, 288], [16, 64, 576], [8, 128, 576], [8, 128, 1152]) +
      2048 * 512 +
      512 * 100,
    activations: values([32, 32, 4], [16, 32, 2], [16, 64, 4], [8, 64, 2], [8, 128, 4], [4, 128, 2]) + 2 * 512 + 100,
  },
  {
    name: "resnet18",
    make: () => resnet18({ classes: 100 }),
    // Stem; four convolutions a stage; and where a stage is strided its first of half the inputs, and a projection.
    multiplyAdds:
      products([32, 64, 27], [32, 64, 4 * 576]) +
      products([16, 128, 576 + 3 * 1152 + 64], [8, 256, 1152 + 3 * 2304 + 128], [4, 512, 2304 + 3 * 4608 + 256]) +
      512 * 100,
    // Convolution, norm, ReLU of the stem; blocks: 2 · (convolution, norm), ReLU, sum, ReLU; the projection and its norm.
    activations:
      values([32, 64, 3 + 2 * 7], [16, 128, 2 * 7 + 2], [8, 256, 2 * 7 + 2], [4, 512, 2 * 7 + 2]) + 512 + 100,
  },
  {
    name: "separable",
    make: () => separable({ classes: 100 }),
    multiplyAdds:
      products([32, 3, 49], [32, 64, 3], [16, 64, 25], [16, 128, 64]) +
      products([8, 128, 9], [8, 256, 128], [4, 256, 9], [4, 512, 256]) +
      head.multiplyAdds,
    // A block: norm and depthwise map of its inputs, pointwise map; then pool, norm, ReLU and DropBlock.
    activations:
      values([32, 3, 2], [32, 64, 1], [16, 64, 4 + 2], [16, 128, 1]) +
      values([8, 128, 4 + 2], [8, 256, 1], [4, 256, 4 + 2], [4, 512, 1], [2, 512, 4]) +
      head.activations,
  },
  {
    name: "attention",
    make: () => attention({ classes: 100 }),
    // Four projections of 512; 16 pixels' products with 16 keys and values of 512.
    multiplyAdds:
      products([32, 64, 147], [16, 128, 1600], [8, 256, 1152], [4, 512, 2304]) +
      products([4, 512, 4 * 512]) +
      2 * 16 * 16 * 512 +
      head.multiplyAdds,
    // DropBlock keeps all. Layer norm, query, key, value, what heads give, output, sum; scores and softmax of 8 heads.
    activations:
      values([32, 3, 1], [32, 64, 1], [16, 64, 3 + 1], [16, 128, 1], [8, 128, 3 + 1], [8, 256, 1]) +
      values([4, 256, 3 + 1], [4, 512, 1 + 7], [2, 512, 3]) +
      2 * 8 * 16 * 16 +
      head.activations,
  },
];

it.each(rows)("knows what $name costs", ({ make, multiplyAdds, activations }) => {
  using model = make();
  expect(model.forwardCost([1, 32, 32, 3])).toEqual({ multiplyAdds, activations });
  expect(model.forwardCost([3, 32, 32, 3])).toEqual({ multiplyAdds: 3 * multiplyAdds, activations: 3 * activations });
});

it("counts groups, strides and transposed convolutions", () => {
  const random = new RandomStreams(0);
  using grouped = new Conv2D({ inputs: 4, filters: 6, kernelSize: 3, groups: 2, stride: 2, padding: "same" }, random);
  expect(grouped.forwardCost([1, 7, 9, 4]).multiplyAdds).toBe(4 * 5 * 6 * 9 * 2);
  using transposed = new Conv2DTranspose({ inputs: 4, filters: 3, kernelSize: 2, stride: 2 }, random);
  expect(transposed.forwardCost([1, 7, 9, 4])).toEqual({ multiplyAdds: 7 * 9 * 4 * 3 * 4, activations: 14 * 18 * 3 });
});

/** Trained weights of the segmentation network: kernels and, for each normalised map, two values a channel. */
const deeplabWeights =
  sum([1728, 2 * 36864, 4096, 73728, 147456, 8192, 294912, 589824, 32768]) +
  sum([65536, 3 * 589824, 65536, 5 * 65536, 589824, 512 + 2]) +
  2 * (64 * 4 + 128 * 3 + 256 * 3 + 256 * 7);

const counts: readonly { name: string; make: () => Module; input: Shape; total?: number; trainable?: number }[] = [
  { name: "cnn", make: () => cnn({ classes: 100 }), input: [32, 32, 3], total: 1_389_188, trainable: 1_388_292 },
  { name: "elu18-paper", make: () => elu18Paper({ classes: 100 }), input: [32, 32, 3], total: 39_330_404 },
  { name: "cnn-dropblock", make: () => cnnDropBlock({ classes: 100 }), input: [32, 32, 3], total: 10_304_604 },
  { name: "separable", make: () => separable({ classes: 100 }), input: [32, 32, 3], total: 8_793_263 },
  { name: "resnet-dropblock", make: () => resnetDropBlock({ classes: 100 }), input: [32, 32, 3], total: 77_821_724 },
  { name: "attention", make: () => attention({ classes: 100 }), input: [32, 32, 3], total: 11_356_252 },
  { name: "colorize-cnn", make: () => colorizeCnn(), input: [32, 32, 1], trainable: 86_784 },
  { name: "colorize-unet", make: () => colorizeUnet(), input: [32, 32, 1], trainable: 112_344 },
  { name: "deeplab", make: () => deeplab({ classes: 2 }), input: [65, 48, 3], trainable: deeplabWeights },
];

it.each(counts)("counts the parameters of $name", ({ make, input, total, trainable }) => {
  using model = make();
  const found = summarize(model, input);
  if (total) expect(found.total).toBe(total);
  if (trainable) expect(found.trainable).toBe(trainable);
});
