import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DeviceError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { checkClose } from "../../testing/compare.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { drawSeeds, toTensorData } from "../../testing/inputs.ts";
import { movingAverageReference } from "./moving-average.reference.ts";
import { MovingAverageWords, movingAverage, movingAverageFromStep } from "./moving-average.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("movingAverage on $name", ({ device }) => {
  it.each([0, 0.9, 0.99, 1])("follows the oracle over several steps, momentum %d", async (momentum) => {
    for (const size of [1, 37, 1030]) {
      let expected = drawSeeds("movingAverage", 0, [size]);
      const target = tensor(toTensorData(expected), [size], { device });
      for (let step = 1; step <= 5; step++) {
        const value = drawSeeds("movingAverage", step, [size]);
        expected = movingAverageReference(expected, value, momentum);
        scope(() => movingAverage(target, tensor(toTensorData(value), [size], { device }), momentum));
      }
      checkClose(await target.data(), expected, { what: "average", tolerance: 1e-6 });
      target.dispose();
    }
  });

  it("stays at a value that does not change, however near to 1 the momentum is", async () => {
    const target = tensor([0.3], [1], { device });
    const value = tensor([0.3], [1], { device });
    for (let step = 0; step < 200; step++) movingAverage(target, value, 0.9999);
    expect(await target.item()).toBe(Math.fround(0.3));
    target.dispose();
    value.dispose();
  });

  it("takes the share from the step words", async () => {
    const size = 37;
    let expected = drawSeeds("movingAverage", 0, [size]);
    const target = tensor(toTensorData(expected), [size], { device });
    const words = new MovingAverageWords(device);
    for (let step = 1; step <= 4; step++) {
      const value = drawSeeds("movingAverage", step, [size]);
      expected = movingAverageReference(expected, value, 1 - 1 / step);
      words.set(1 / step);
      scope(() => movingAverageFromStep(target, tensor(toTensorData(value), [size], { device }), words));
    }
    checkClose(await target.data(), expected, { what: "average", tolerance: 1e-6 });
    expect(() => words.set(1.5)).toThrow("the value's share must be a number of 0 to 1, got 1.5");
    for (const one of [target, words]) one.dispose();
  });

  it("names what does not fit", () => {
    scope(() => {
      const [three, four] = [3, 4].map((size) => tensor(new Float32Array(size), [size], { device }));
      const integers = tensor(new Int32Array(4), [4], { device });
      expect(() => movingAverage(four!, three!, 0.9)).toThrow(ShapeError);
      expect(() => movingAverage(four!, integers, 0.9)).toThrow(DTypeError);
      expect(() => movingAverage(four!, four!, 1.1)).toThrow(ArgumentError);
      expect(() => movingAverage(four!, four!, Number.NaN)).toThrow("momentum must be a number of 0 to 1, got NaN");
    });
  });
});

it("movingAverageFromStep refuses words of another device", () => {
  const [first, second] = devices;
  scope(() => {
    const words = new MovingAverageWords(second!.device);
    const one = () => tensor([1], [1], { device: first!.device });
    expect(() => movingAverageFromStep(one(), one(), words)).toThrow(DeviceError);
    words.dispose();
  });
});
