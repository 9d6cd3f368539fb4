import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import type { UpsampleOptions } from "./geometry.ts";
import { upsample2d } from "./upsample2d.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  async function row(values: readonly number[], options: UpsampleOptions): Promise<number[]> {
    using x = tensor(Float32Array.from(values), [1, 1, values.length, 1], { device });
    using y = upsample2d(x, options);
    return Array.from(await y.data());
  }

  it("repeats pixels", async () => {
    expect(await row([1, 2, 3], { scale: [1, 2] })).toEqual([1, 1, 2, 2, 3, 3]);
    expect(await row([1, 2, 3], { size: [1, 5] })).toEqual([1, 1, 2, 2, 3]);
    expect(await row([1, 2, 3, 4, 5], { size: [1, 3] })).toEqual([1, 2, 4]);
  });

  it("mixes pixels by their distance", async () => {
    expect(await row([0, 4, 8], { scale: [1, 2], interpolation: "bilinear" })).toEqual([0, 1, 3, 5, 7, 8]);
    const aligned = { size: [1, 5], interpolation: "bilinear", alignCorners: true } as const;
    expect(await row([0, 4, 8], aligned)).toEqual([0, 2, 4, 6, 8]);
  });

  it("resamples an empty batch to nothing", async () => {
    using x = tensor(new Float32Array(0), [0, 2, 2, 3], { device });
    using y = upsample2d(x, { scale: 2 });
    expect(y.shape).toEqual([0, 4, 4, 3]);
  });
});

describe("errors", () => {
  const make = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device: cpu });
  const call = (x: Shape, options: UpsampleOptions) => expect(() => scope(() => upsample2d(make(x), options)));

  it("of shapes and dtypes", () => {
    call([2, 3, 4], { scale: 2 }).toThrow(
      new ShapeError("upsample2d: x must be [batch, height, width, channels], got [2, 3, 4]"),
    );
    call([1, 0, 3, 4], { scale: 2 }).toThrow(new ShapeError("upsample2d: x has no pixels: [1, 0, 3, 4]"));
    const bytes = () => upsample2d(tensor(new Uint8Array(1), [1, 1, 1, 1], { device: cpu }), { scale: 2 });
    expect(() => scope(bytes)).toThrow(new DTypeError("upsample2d: x must be float32, got uint8"));
  });

  it("of arguments", () => {
    const image = [1, 2, 2, 1];
    call(image, {}).toThrow(new ArgumentError("upsample2d: either scale or size is needed, got neither"));
    call(image, { scale: 2, size: [4, 4] }).toThrow(
      new ArgumentError("upsample2d: either scale or size is needed, got both"),
    );
    call(image, { scale: 1.5 }).toThrow(
      new ArgumentError("upsample2d: scale must be whole numbers of at least 1, got [1.5, 1.5]"),
    );
    call(image, { size: [4, 0] }).toThrow(
      new ArgumentError("upsample2d: size must be whole numbers of at least 1, got [4, 0]"),
    );
    call(image, { scale: 2, alignCorners: true }).toThrow(
      new ArgumentError('upsample2d: alignCorners goes with interpolation "bilinear", got "nearest"'),
    );
    call(image, { scale: 2, interpolation: "cubic" as "nearest" }).toThrow(
      new ArgumentError('upsample2d: interpolation must be "nearest" or "bilinear", got cubic'),
    );
    call([1, 40_000, 1, 1], { size: [40_000, 1] }).toThrow(
      "upsample2d: from 40000 to 40000 pixels along an axis is more than kernels can count",
    );
  });
});
