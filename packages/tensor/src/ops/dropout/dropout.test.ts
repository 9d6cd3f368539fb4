import { afterAll, describe, expect, it } from "vitest";
import { stepSlot } from "../../devices/step-words.ts";
import { ArgumentError, DeviceError, DTypeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { type RandomKey, randomBits } from "../../random.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { DropoutWords, dropout, dropoutFromStep } from "./dropout.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** Dropout of ones: 0 or the scale. */
function expectedOnes(size: number, rate: number, key: RandomKey): Float32Array {
  const threshold = Math.floor(rate * 2 ** 32);
  return Float32Array.from(randomBits(key, size), (bits) => (bits >= threshold ? 1 / (1 - rate) : 0));
}

describe.each(devices)("dropout on $name", ({ device }) => {
  const ones = (size: number) => tensor(new Float32Array(size).fill(1), [size], { device });

  it.each([1, 3, 16, 31, 4099])("drops what the host's bits drop, %i elements", async (size) => {
    for (const rate of [0, 0.1, 0.5, 0.75, 0.999]) {
      const key = { seed: 2 ** 53 - 7, stream: 2 ** 32 - 3, counter: 2 ** 31 + size };
      const y = scope(() => dropout(ones(size), { rate, key }));
      expect(await y.data()).toEqual(expectedOnes(size, rate, key));
      y.dispose();
    }
  });

  it("gives 0 for what is dropped, even if it is infinite or NaN", async () => {
    const key = { seed: 5, stream: 1 };
    const values = Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? Number.POSITIVE_INFINITY : Number.NaN));
    const y = scope(() => dropout(tensor(values, [64], { device }), { rate: 0.5, key }));
    expect((await y.data()).map(Math.abs)).toEqual(
      expectedOnes(64, 0.5, key).map((kept, i) => (kept ? values[i]! : 0)),
    );
    y.dispose();
  });

  it("takes rate and counter from the step words, for the gradient too", async () => {
    const words = new DropoutWords(device, 0.25);
    const key = { seed: 11, stream: 3 };
    for (const [counter, rate] of [
      [7, 0.25],
      [8, 0.6],
      [2 ** 32 - 1, 0],
    ] as const) {
      words.setRate(rate);
      device.stepWords.setInteger(stepSlot, counter);
      const [y, dx] = scope(() => {
        const x = ones(1027);
        x.requiresGradient = true;
        const output = dropoutFromStep(x, { ...key, words });
        return [output, gradients(output, [x], [ones(1027)])[0]!] as const;
      });
      const expected = expectedOnes(1027, rate, { ...key, counter });
      expect(await y.data()).toEqual(expected);
      expect(await dx.data()).toEqual(expected);
      y.dispose();
      dx.dispose();
    }
    device.stepWords.setInteger(stepSlot, 0);
    words.dispose();
  });

  it("names what is out of range", () => {
    scope(() => {
      const key = { seed: 1, stream: 1 };
      for (const rate of [1, -0.1, Number.NaN]) {
        expect(() => dropout(ones(4), { rate, key })).toThrow(ArgumentError);
        expect(() => new DropoutWords(device, rate)).toThrow(`dropout: rate must be in [0, 1), got ${rate}`);
      }
      expect(() => dropout(ones(4), { rate: 0.5, key: { seed: -1, stream: 1 } })).toThrow(ArgumentError);
      expect(() => dropout(tensor(new Int32Array(4), [4], { device }), { rate: 0.5, key })).toThrow(DTypeError);
    });
  });
});

it("dropoutFromStep refuses words of another device", () => {
  const [first, second] = devices;
  scope(() => {
    const words = new DropoutWords(second!.device, 0.5);
    const x = tensor([1], [1], { device: first!.device });
    expect(() => dropoutFromStep(x, { seed: 1, stream: 1, words })).toThrow(DeviceError);
    words.dispose();
  });
});
