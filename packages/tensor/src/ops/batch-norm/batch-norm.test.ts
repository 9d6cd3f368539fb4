import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { checkClose } from "../../testing/compare.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { drawSeeds, toTensorData } from "../../testing/inputs.ts";
import { mapArray, type NdArray } from "../../testing/nd-array.ts";
import { batchNormReference } from "./batch-norm.reference.ts";
import { batchNorm, batchNormInference } from "./batch-norm.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("batchNorm on $name", ({ device }) => {
  const upload = (array: NdArray) => tensor(toTensorData(array), array.shape, { device });
  const filled = (channels: number, value: number) =>
    tensor(new Float32Array(channels).fill(value), [channels], { device });

  it.each([
    [1, 4500],
    [20, 1300],
    [48, 300],
    [3, 700],
  ])("takes statistics of %i channels over many chunks", async (channels, rows) => {
    // One value far from all others leads the first chunk: what is shifted by it loses digits.
    const x = mapArray(drawSeeds("batchNorm", channels, [rows, channels]), (value, i) =>
      i < channels ? 100 : value + 3,
    );
    const ones = { shape: [channels], data: new Float64Array(channels).fill(1) };
    const zeros = { shape: [channels], data: new Float64Array(channels) };
    const rounded = mapArray(x, Math.fround);
    const expected = batchNormReference(rounded, ones, zeros, 1e-3);
    const got = scope(() => batchNorm(upload(rounded), { scale: filled(channels, 1), offset: filled(channels, 0) }));
    for (const [i, output] of [got.y, got.mean, got.variance].entries()) {
      checkClose(await output.data(), expected[i]!, { what: `output ${i}`, tolerance: 4e-6 });
      output.dispose();
    }
  });

  it("has a gradient after its statistics were disposed, and none through them", async () => {
    const dx = scope(() => {
      const x = upload(drawSeeds("batchNorm", 0, [6, 5]));
      x.requiresGradient = true;
      const { y, mean, variance } = batchNorm(x, { scale: filled(5, 1), offset: filled(5, 0) });
      expect([mean.requiresGradient, variance.requiresGradient]).toEqual([false, false]);
      mean.dispose();
      variance.dispose();
      return gradients(y, [x], [upload(drawSeeds("batchNorm", 1, [6, 5]))])[0]!;
    });
    const sums = ((await dx.data()) as Float32Array).reduce(
      (sum, value, i) => sum.map((s, c) => (c === i % 5 ? s + value : s)),
      [0, 0, 0, 0, 0],
    );
    for (const sum of sums) expect(Math.abs(sum)).toBeLessThan(1e-5);
    dx.dispose();
  });

  it("gives inference gradients of constant statistics", async () => {
    const [rows, channels, epsilon] = [301, 7, 1e-3];
    const [x, dy] = [0, 1].map((stream) => drawSeeds("inference", stream, [rows, channels])) as [NdArray, NdArray];
    const [scale, offset, mean] = [2, 3, 4].map((stream) => drawSeeds("inference", stream, [channels])) as [
      NdArray,
      NdArray,
      NdArray,
    ];
    const variance = mapArray(drawSeeds("inference", 5, [channels]), (value) => Math.fround(1.5 + value));
    const results = scope(() => {
      const inputs = [x, scale, offset].map(upload);
      for (const input of inputs) input.requiresGradient = true;
      const statistics = { mean: upload(mean), variance: upload(variance), epsilon };
      const y = batchNormInference(inputs[0]!, { scale: inputs[1]!, offset: inputs[2]!, ...statistics });
      return gradients(y, inputs, [upload(dy)]);
    });
    const inverse = mapArray(variance, (value) => 1 / Math.sqrt(value + epsilon));
    const sumRows = (term: (index: number, channel: number) => number) =>
      mapArray(scale, (_, c) =>
        Array.from({ length: rows }, (_, row) => term(row * channels + c, c)).reduce((a, b) => a + b),
      );
    const expected = [
      mapArray(dy, (g, i) => g * scale.data[i % channels]! * inverse.data[i % channels]!),
      sumRows((i, c) => dy.data[i]! * (x.data[i]! - mean.data[c]!) * inverse.data[c]!),
      sumRows((i) => dy.data[i]!),
    ];
    for (const [i, result] of results.entries()) {
      checkClose(await result!.data(), expected[i]!, { what: `gradient ${i}`, tolerance: 4e-6 });
      result!.dispose();
    }
  });

  it("names what does not fit", () => {
    scope(() => {
      const x = tensor(new Float32Array(12), [4, 3], { device });
      const [three, four] = [filled(3, 1), filled(4, 1)];
      expect(() => batchNorm(x, { scale: four, offset: three })).toThrow(ShapeError);
      expect(() => batchNorm(x, { scale: three, offset: four })).toThrow(
        "offset must be [3], one value per channel, got [4]",
      );
      expect(() => batchNorm(x, { scale: three, offset: three, epsilon: -1 })).toThrow(ArgumentError);
      const empty = tensor(new Float32Array(0), [0, 3], { device });
      expect(() => batchNorm(empty, { scale: three, offset: three })).toThrow(
        "no values to take statistics of: [0, 3]",
      );
      const integers = tensor(new Int32Array(12), [4, 3], { device });
      expect(() => batchNorm(integers, { scale: three, offset: three })).toThrow(DTypeError);
      const options = { scale: three, offset: three, mean: three, variance: four };
      expect(() => batchNormInference(x, options)).toThrow("batchNormInference: variance must be [3]");
    });
  });
});
