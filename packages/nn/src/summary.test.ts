import { openDevice, setDefaultDevice } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cnn } from "./models/cnn.ts";
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
  expect(lines[1]).toMatch(/^ Layer \(type\) +Output Shape +Param #$/);
  expect(lines[3]).toMatch(/^ conv2d \(Conv2D\) +\(None, 32, 32, 32\) +896$/);
  expect(lines[4]).toMatch(/^ batch_normalization \(BatchNormalization\) +\(None, 32, 32, 32\) +128$/);
  expect(lines.find((line) => line.includes("flatten"))).toMatch(/^ flatten \(Flatten\) +\(None, 2048\) +0$/);
  expect(lines.slice(-4, -1)).toEqual([
    " Total params: 1,343,018",
    " Trainable params: 1,342,122",
    " Non-trainable params: 896",
  ]);
});

it("names what does not fit", () => {
  using model = cnn({ classes: 10 });
  expect(() => summarize(model, [32, 32, 1])).toThrow("Conv2D: expected an input of [N, H, W, 3], got [1, 32, 32, 1]");
  expect(() => cnn({ classes: 0 })).toThrow("cnn: classes must be at least 1, got 0");
});
