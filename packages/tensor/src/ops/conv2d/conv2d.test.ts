import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { type Conv2dOptions, conv2d } from "./conv2d.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("keeps groups apart", async () => {
    using x = tensor([1, 10, 100, 1000], [1, 1, 1, 4], { device });
    using filter = tensor([1, 2, 3, 1, 1, 1], [1, 1, 2, 3], { device });
    using wide = tensor([1, 2, 1, 1], [1, 1, 2, 2], { device });
    using y = conv2d(x, wide, { groups: 2 });
    expect(Array.from(await y.data())).toEqual([11, 1200]);
    expect(() => conv2d(x, filter, { groups: 2 })).toThrow("4 channels and 3 filters");
  });

  it("skips pixels between the taps of a dilated filter", async () => {
    using x = tensor([1, 2, 4, 8, 16, 32, 64], [1, 1, 7, 1], { device });
    using filter = tensor([1, 1, 1], [1, 3, 1, 1], { device });
    using y = conv2d(x, filter, { dilation: [1, 2] });
    expect(Array.from(await y.data())).toEqual([21, 42, 84]);
    using same = conv2d(x, filter, { dilation: 2, padding: "same", stride: 2 });
    expect(Array.from(await same.data())).toEqual([5, 21, 84, 80]);
  });

  it("convolves an empty batch to nothing", async () => {
    using x = tensor(new Float32Array(0), [0, 4, 4, 4], { device });
    using filter = tensor(new Float32Array(2 * 2 * 2 * 6), [2, 2, 2, 6], { device });
    using y = conv2d(x, filter, { groups: 2 });
    expect(y.shape).toEqual([0, 3, 3, 6]);
  });
});

describe("errors", () => {
  const make = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device: cpu });
  const call = (x: Shape, filter: Shape, options: Conv2dOptions = {}) =>
    expect(() => scope(() => conv2d(make(x), make(filter), options)));

  it("of shapes", () => {
    call([2, 3, 4], [1, 1, 4, 2]).toThrow(
      new ShapeError("conv2d: x must be [batch, height, width, channels], got [2, 3, 4]"),
    );
    call([1, 3, 3, 4], [3, 3, 2, 2]).toThrow(
      new ShapeError("conv2d: channels differ: x is [1, 3, 3, 4], filter is [3, 3, 2, 2] (4 ≠ 2)"),
    );
    call([1, 3, 3, 4], [3, 3, 4, 2], { groups: 2 }).toThrow(
      new ShapeError("conv2d: channels differ: x is [1, 3, 3, 4], filter is [3, 3, 4, 2] (4 / 2 groups ≠ 4)"),
    );
    call([1, 3, 3, 4], [3, 3, 4, 3], { groups: 2 }).toThrow(
      new ShapeError("conv2d: groups must divide channels and filters: 2 groups, 4 channels and 3 filters"),
    );
    call([1, 4, 9, 1], [3, 3, 1, 1], { dilation: 2 }).toThrow(
      "conv2d: nothing is left along the height: image 4 + padding 0 + 0 is smaller than filter 3 dilated to 5",
    );
    const flat = () => conv2d(make([1, 3, 3, 1]), make([1, 1, 1, 2]), { bias: make([1]) });
    expect(() => scope(flat)).toThrow(new ShapeError("conv2d: bias must be [2], one value per filter, got [1]"));
  });

  it("of arguments", () => {
    call([1, 3, 3, 4], [1, 1, 4, 4], { groups: 0 }).toThrow(
      new ArgumentError("conv2d: groups must be a whole number of at least 1, got 0"),
    );
    call([1, 3, 3, 1], [1, 1, 1, 1], { dilation: [1, 0.5] }).toThrow(
      new ArgumentError("conv2d: dilation must be a whole number of at least 1, got 0.5 along the width"),
    );
    call([1, 3, 3, 1], [1, 1, 1, 1], { stride: 0 }).toThrow(
      new ArgumentError("conv2d: stride must be a whole number of at least 1, got 0 along the height"),
    );
    const padding = [
      [0, -1],
      [0, 0],
    ] as const;
    call([1, 3, 3, 1], [1, 1, 1, 1], { padding }).toThrow(
      new ArgumentError("conv2d: padding must be whole numbers of at least 0, got [0, -1] along the height"),
    );
    const words = () => conv2d(tensor(new Int32Array(1), [1, 1, 1, 1], { device: cpu }), make([1, 1, 1, 1]));
    expect(() => scope(words)).toThrow(new DTypeError("conv2d: x must be float32, got int32"));
  });
});
