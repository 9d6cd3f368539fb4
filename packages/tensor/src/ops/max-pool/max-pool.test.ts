import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import type { PoolOptions } from "../pool-geometry.ts";
import { maxPool } from "./max-pool.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("maxPool on $name", ({ device }) => {
  /** y and, for dy = 1, 2, 3, …, dx of one image row by row; `channels` copies of it, of which the last is given. */
  async function pool(rows: readonly (readonly number[])[], options: PoolOptions, channels: number) {
    const [height, width] = [rows.length, rows[0]!.length];
    const values = rows.flat().flatMap((value) => new Array<number>(channels).fill(value));
    const [y, dx] = scope(() => {
      const x = tensor(Float32Array.from(values), [1, height, width, channels], { device });
      x.requiresGradient = true;
      const output = maxPool(x, options);
      const dy = Float32Array.from({ length: output.size }, (_, i) => Math.floor(i / channels) + 1);
      return [output, gradients(output, [x], [tensor(dy, output.shape, { device })])[0]!] as const;
    });
    const last = (data: ArrayLike<number>) => Array.from(data).filter((_, i) => i % channels === channels - 1);
    const result = { y: last(await y.data()), dx: last(await dx.data()) };
    y.dispose();
    dx.dispose();
    return result;
  }

  // 1, 4 and 16 channels and what is left over are different loops on the cpu.
  const channelCounts = [1, 4, 19, 32];

  it.each(channelCounts)("gives the gradient to the first of equals, %i channels", async (channels) => {
    const equal = [
      [2, 2, 2],
      [2, 2, 2],
      [2, 2, 2],
    ];
    const { y, dx } = await pool(equal, { window: 2, stride: 1 }, channels);
    expect(y).toEqual([2, 2, 2, 2]);
    expect(dx).toEqual([1, 2, 0, 3, 4, 0, 0, 0, 0]);
  });

  it.each(channelCounts)("pads with minus infinity, even beside it, %i channels", async (channels) => {
    const low = -Infinity;
    const { y, dx } = await pool([[-3, -1, low]], { window: [2, 2], padding: "same" }, channels);
    expect(y).toEqual([-1, low]);
    expect(dx).toEqual([0, 1, 2]);
  });

  it.each(channelCounts)("lets NaN through, to the first one, %i channels", async (channels) => {
    const { y, dx } = await pool([[1, NaN, 5, NaN, 7, 2]], { window: [1, 4], stride: [1, 2] }, channels);
    expect(y).toEqual([NaN, NaN]);
    expect(dx).toEqual([0, 1, 0, 2, 0, 0]);
  });

  it.each(channelCounts)("adds up where windows overlap, and skips what none covers, %i channels", async (channels) => {
    const overlapping = await pool([[0, 9, 1, 8, 2]], { window: [1, 3], stride: 1 }, channels);
    expect(overlapping.dx).toEqual([0, 3, 0, 3, 0]);
    const apart = await pool([[1, 9, 9, 2, 9, 9, 3]], { window: 1, stride: 3 }, channels);
    expect(apart).toEqual({ y: [1, 2, 3], dx: [1, 0, 0, 2, 0, 0, 3] });
  });

  it("names what does not fit", () => {
    scope(() => {
      const x = tensor(new Float32Array(12), [1, 3, 4, 1], { device });
      const flat = tensor(new Float32Array(12), [3, 4], { device });
      expect(() => maxPool(flat, { window: 2 })).toThrow(ShapeError);
      expect(() => maxPool(flat, { window: 2 })).toThrow("x must be [batch, height, width, channels], got [3, 4]");
      expect(() => maxPool(x, { window: [4, 2] })).toThrow("x is [1, 3, 4, 1], smaller than the window [4, 2]");
      expect(() => maxPool(x, { window: 0 })).toThrow(ArgumentError);
      expect(() => maxPool(x, { window: 2, stride: [1, 0.5] })).toThrow("stride must be whole numbers of at least 1");
      const integers = tensor(new Int32Array(12), [1, 3, 4, 1], { device });
      expect(() => maxPool(integers, { window: 2 })).toThrow(DTypeError);
    });
  });
});
