import { openDevice, type Shape, setDefaultDevice, type Tensor } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RandomStreams } from "./initializers.ts";
import { Dense } from "./layers/dense.ts";
import { cnn } from "./models/cnn.ts";
import { elu18 } from "./models/elu18.ts";
import { resnet18 } from "./models/resnet18.ts";
import { Module } from "./module.ts";
import { formatSummary, summarize } from "./summary.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

it("counts the small CNN's parameters as Keras does", () => {
  using model = cnn({ classes: 100 });
  const { rows, total, trainable } = summarize(model, [32, 32, 3]);
  expect(total).toBe(1_389_188);
  expect(trainable).toBe(1_388_292);
  expect(rows.map(({ parameters }) => parameters)).toEqual([
    ...[896, 128, 9248, 128, 0, 0],
    ...[18496, 256, 36928, 256, 0, 0],
    ...[73856, 512, 147584, 512, 0, 0],
    ...[0, 1049088, 0, 51300],
  ]);
});

it("prints Keras's table", () => {
  using model = cnn({ classes: 10 });
  const lines = formatSummary(summarize(model, [32, 32, 3])).split("\n");
  expect(lines[1]).toMatch(/^ Layer \(type\) +Output Shape +Param # +Multiply-adds +Activations$/);
  expect(lines[3]).toMatch(/^ conv2d \(Conv2D\) +\(None, 32, 32, 32\) +896 +884,736 +128.0 KiB$/);
  expect(lines[4]).toMatch(/^ batch_normalization \(BatchNormalization\) +\(None, 32, 32, 32\) +128 +0 +128.0 KiB$/);
  expect(lines.find((line) => line.includes("flatten"))).toMatch(/^ flatten \(Flatten\) +\(None, 2048\) +0 +0 +0 B$/);
  expect(lines.slice(-6, -1)).toEqual([
    " Total params: 1,343,018",
    " Trainable params: 1,342,122",
    " Non-trainable params: 896",
    " Multiply-adds: 39,687,168 (forward, one example)",
    " Activation memory: 1012.0 KiB (training, one example, float32)",
  ]);
});

it("names what does not fit", () => {
  using model = cnn({ classes: 10 });
  expect(() => summarize(model, [32, 32, 1])).toThrow("Conv2D: expected an input of [N, H, W, 3], got [1, 32, 32, 1]");
  expect(() => cnn({ classes: 0 })).toThrow("cnn: classes must be at least 1, got 0");
});

/** Rows of a stack: convolutions of [filters, parameters], an activation, a pool to `pooled` pixels, dropout. */
function stackRows(stack: number, pixels: number, pooled: number, first: number, convolutions: [number, number][]) {
  const filters = convolutions.at(-1)![0];
  return [
    ...convolutions.map(([filters, parameters], i) => [
      ...[`conv2d_${first + i}`, "Conv2D", [pixels, pixels, filters], parameters],
    ]),
    [`activation_${stack}`, "Activation", [pixels, pixels, filters], 0],
    [`max_pooling2d_${stack}`, "MaxPooling2D", [pooled, pooled, filters], 0],
    [`dropout_${stack}`, "Dropout", [pooled, pooled, filters], 0],
  ];
}

it("prints the eighteen convolutions row for row as their source does", () => {
  using model = elu18({ classes: 100 });
  const summary = summarize(model, [32, 32, 3]);
  const { rows, total, trainable, multiplyAdds } = summary;
  const expected = [
    ["zero_padding2d_1", "ZeroPadding2D", [40, 40, 3], 0],
    ...stackRows(1, 40, 20, 1, [[384, 10752]]),
    ...stackRows(2, 20, 10, 2, [
      [384, 147840],
      [384, 590208],
      [640, 983680],
      [640, 1639040],
    ]),
    ...stackRows(3, 10, 5, 6, [
      [640, 3687040],
      [768, 1966848],
      [768, 2360064],
      [768, 2360064],
    ]),
    ...stackRows(4, 5, 3, 10, [
      [768, 590592],
      [896, 2753408],
      [896, 3212160],
    ]),
    ...stackRows(5, 3, 2, 13, [
      [896, 7226240],
      [1024, 3671040],
      [1024, 4195328],
    ]),
    ...stackRows(6, 2, 1, 16, [
      [1024, 1049600],
      [1152, 4719744],
    ]),
    ...stackRows(7, 1, 1, 18, [[1152, 1328256]]),
    ["flatten_1", "Flatten", [1152], 0],
    ["dense_1", "Dense", [100], 115300],
    ["activation_8", "Activation", [100], 0],
  ];
  expect(rows.map(({ name, kind, outputShape, parameters }) => [name, kind, outputShape, parameters])).toEqual(
    expected,
  );
  const printed = formatSummary(summary).split("\n").slice(3, -7);
  expect(printed.map((line) => line.trim().split(/ {2,}/).slice(0, 3))).toEqual(
    expected.map(([name, kind, shape, parameters]) => [
      `${name} (${kind})`,
      `(None, ${(shape as number[]).join(", ")})`,
      parameters!.toLocaleString("en-US"),
    ]),
  );
  expect(total).toBe(42_607_204);
  expect(trainable).toBe(42_607_204);
  expect(multiplyAdds / 1e9).toBeCloseTo(2.72, 2);
});

it("refuses a width that leaves half a filter", () => {
  expect(() => elu18({ classes: 100, width: 1 / 256 })).toThrow(
    "elu18: a width of 0.00390625 makes 1.5 filters of 384",
  );
});

it("gives layers inside of layers rows of their own", () => {
  using model = resnet18({ classes: 10, width: 1 / 8 });
  const { rows } = summarize(model, [32, 32, 3], { expandNested: true });
  const strided = rows.findIndex(({ name }) => name === "basic_block_2");
  expect(rows.slice(strided, strided + 8).map(({ name, depth, outputShape }) => [name, depth, outputShape])).toEqual([
    ["basic_block_2", 0, [16, 16, 16]],
    ...["conv1", "norm1", "conv2", "norm2", "projection", "projectionNorm"].map((name) => [name, 1, [16, 16, 16]]),
    ["basic_block_3", 0, [16, 16, 16]],
  ]);
  const lines = formatSummary(summarize(model, [32, 32, 3], { expandNested: true })).split("\n");
  expect(lines[strided + 4]).toMatch(/^ {3}└ conv1 \(Conv2D\) +\(None, 16, 16, 16\) +1,152 +294,912 +16.0 KiB$/);
});

it("says where a layer does not say what it costs", () => {
  class Twice extends Module {
    readonly kind = "Twice";
    readonly dense = new Dense({ inputs: 4, units: 4 }, new RandomStreams(0));
    forward = (x: Tensor) => this.dense.forward(this.dense.forward(x));
    outputShape = (input: Shape) => input;
  }
  using model = new Twice();
  const { rows, ...summary } = summarize(model, [4]);
  expect(rows[0]).toMatchObject({ parameters: 20, multiplyAdds: Number.NaN });
  expect(formatSummary({ rows, ...summary })).toContain("Multiply-adds: unknown");
});
