import { afterAll, describe, expect, it } from "vitest";
import { stepSlot } from "../../devices/step-words.ts";
import { ArgumentError, DeviceError, DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import type { RandomKey } from "../../random.ts";
import { scope, trackLeaks } from "../../scope.ts";
import type { Shape } from "../../shape.ts";
import { sizeOf } from "../../shape.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { dropout } from "../dropout/dropout.ts";
import { dropBlockMaskReference } from "./drop-block.reference.ts";
import { DropBlockWords, dropBlock, dropBlockFromStep } from "./drop-block.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** 1 where a value is not 0. */
async function maskOf(y: Tensor): Promise<number[]> {
  const values = await y.data();
  y.dispose();
  return Array.from(values, (value) => (value === 0 ? 0 : 1));
}

describe.each(devices)("dropBlock on $name", ({ device }) => {
  const ones = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)).fill(1), shape, { device });

  it.each([1, 2, 3, 4, 5, 16, 17, 31, 32, 35])("drops the oracle's blocks, %i channels", async (channels) => {
    for (const [blockSize, keepProbability] of [
      [1, 0.5],
      [3, 0.9],
      [3, 0.2],
      [5, 0.7],
    ] as const) {
      const shape = [2, 6, 5, channels];
      const key = { seed: 2 ** 53 - 7, stream: 2 ** 32 - 3, counter: 2 ** 31 + channels };
      const options = { blockSize, keepProbability, key };
      const mask = dropBlockMaskReference(shape, options);
      const y = scope(() => dropBlock(ones(shape), options));
      const kept = mask.reduce((sum, value) => sum + value, 0);
      const most = Math.max(...(await y.data()));
      if (kept > 0) expect(most).toBeCloseTo(mask.length / kept, 5);
      expect(await maskOf(y)).toEqual([...mask]);
    }
  });

  it("is dropout where a block is one pixel", async () => {
    const key: RandomKey = { seed: 3, stream: 1, counter: 2 };
    const shape = [2, 5, 7, 3];
    const [blocks, single] = scope(() => [
      dropBlock(ones(shape), { keepProbability: 0.75, blockSize: 1, key }),
      dropout(ones(shape), { rate: 0.25, key }),
    ]);
    expect(await maskOf(blocks!)).toEqual(await maskOf(single!));
  });

  it("keeps about as much as it should, and the mean", async () => {
    const shape = [4, 16, 16, 32];
    for (const keepProbability of [0.9, 0.6]) {
      const y = scope(() => dropBlock(ones(shape), { keepProbability, blockSize: 5, key: { seed: 7, stream: 0 } }));
      const values = [...(await y.data())];
      const share = values.filter((value) => value > 0).length / values.length;
      // γ asks for this many blocks as if none overlapped; their number scatters like its own root.
      const scatter = 5 * Math.sqrt((1 - keepProbability) / values.length);
      expect(share).toBeGreaterThan(keepProbability - 4 * scatter);
      // Where they do overlap, less is dropped: about 1 − exp(keepProbability − 1).
      expect(share).toBeLessThan(Math.exp(keepProbability - 1) + 4 * scatter);
      expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 4);
      y.dispose();
    }
  });

  it("gives 0 for what is dropped, even if it is infinite, and 0 everywhere if nothing is kept", async () => {
    const key = { seed: 5, stream: 1 };
    const infinite = tensor(new Float32Array(8).fill(Number.POSITIVE_INFINITY), [8, 1, 1, 1], { device });
    const some = await dropBlockOf(infinite, { keepProbability: 0.5, blockSize: 1, key });
    expect(some.every((value) => value === 0 || value === Number.POSITIVE_INFINITY)).toBe(true);
    const none = await dropBlockOf(infinite, { keepProbability: 1e-9, blockSize: 1, key });
    expect(none).toEqual(new Array(8).fill(0));
    expect(await dropBlockOf(infinite, { keepProbability: 1e-30, blockSize: 1, key })).toEqual(none);
    infinite.dispose();
  });

  async function dropBlockOf(x: Tensor, options: Parameters<typeof dropBlock>[1]): Promise<number[]> {
    const y = dropBlock(x, options);
    const values = [...(await y.data())];
    y.dispose();
    return values;
  }

  it("takes probability and counter from the step words, at two sizes in a step, and one mask for both ways", async () => {
    const words = new DropBlockWords(device, 0.9);
    const key = { seed: 11, stream: 3 };
    for (const [counter, keepProbability] of [
      [7, 0.9],
      [8, 0.4],
      [2 ** 32 - 1, 1],
    ] as const) {
      words.setKeepProbability(keepProbability);
      device.stepWords.setInteger(stepSlot, counter);
      for (const shape of [
        [2, 6, 6, 4],
        [1, 4, 5, 3],
      ]) {
        const [y, dx] = scope(() => {
          const x = ones(shape);
          x.requiresGradient = true;
          const output = dropBlockFromStep(x, { ...key, blockSize: 3, words });
          return [output, gradients(output, [x], [ones(shape)])[0]!] as const;
        });
        const options = { keepProbability, blockSize: 3, key: { ...key, counter } };
        expect(await dx.data()).toEqual(await y.data());
        expect(await maskOf(y)).toEqual([...dropBlockMaskReference(shape, options)]);
        dx.dispose();
      }
    }
    device.stepWords.setInteger(stepSlot, 0);
    words.dispose();
  });

  it("leaves nothing behind outside of a scope", () => {
    const leaks = trackLeaks();
    const x = ones([1, 3, 3, 1]);
    const options = { keepProbability: 0.5, blockSize: 2, key: { seed: 1, stream: 1 } };
    dropBlock(x, options).dispose();
    x.requiresGradient = true;
    dropBlock(x, options).dispose();
    x.dispose();
    expect(leaks()).toEqual([]);
  });

  it("names what does not fit", () => {
    scope(() => {
      const options = { keepProbability: 0.5, blockSize: 3, key: { seed: 1, stream: 1 } };
      for (const keepProbability of [0, 1.1, -1, Number.NaN]) {
        const message = `dropBlock: keepProbability must be greater than 0 and at most 1, got ${keepProbability}`;
        expect(() => dropBlock(ones([1, 3, 3, 1]), { ...options, keepProbability })).toThrow(message);
        expect(() => new DropBlockWords(device, keepProbability)).toThrow(ArgumentError);
      }
      expect(() => dropBlock(ones([1, 3, 2, 1]), options)).toThrow(
        "dropBlock: a block of 3 does not fit into images of 3 by 2 pixels",
      );
      expect(() => dropBlock(ones([3, 3, 1]), options)).toThrow(ShapeError);
      expect(() => dropBlock(ones([1, 3, 3, 1]), { ...options, blockSize: 1.5 })).toThrow(ArgumentError);
      const integers = tensor(new Int32Array(9), [1, 3, 3, 1], { device });
      expect(() => dropBlock(integers, options)).toThrow(DTypeError);
      const [x, seed] = [ones([1, 3, 3, 1]), -1];
      expect(() => dropBlock(x, { ...options, key: { seed, stream: 1 } })).toThrow(ArgumentError);
    });
  });
});

it("dropBlockFromStep refuses words of another device", () => {
  const [first, second] = devices;
  scope(() => {
    const words = new DropBlockWords(second!.device, 0.5);
    const x = tensor([1], [1, 1, 1, 1], { device: first!.device });
    expect(() => dropBlockFromStep(x, { seed: 1, stream: 1, blockSize: 1, words })).toThrow(DeviceError);
    words.dispose();
  });
});
