import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { type DepthwiseConv2dOptions, depthwiseConv2d } from "./depthwise-conv2d.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("puts a channel's outputs side by side", async () => {
    using x = tensor([1, 10], [1, 1, 1, 2], { device });
    using filter = tensor([1, 2, 3, 4, 5, 6], [1, 1, 2, 3], { device });
    using bias = tensor([0, 0, 0, 0, 0, -100], [6], { device });
    using y = depthwiseConv2d(x, filter, { bias, activation: "relu" });
    expect(y.shape).toEqual([1, 1, 1, 6]);
    expect(Array.from(await y.data())).toEqual([1, 2, 3, 40, 50, 0]);
  });

  it("pads at the bottom and right first", async () => {
    using x = tensor([1, 2, 3, 4, 5, 6], [1, 1, 6, 1], { device });
    using filter = tensor([1, 10, 100], [1, 3, 1, 1], { device });
    using y = depthwiseConv2d(x, filter, { padding: "same", stride: [1, 2] });
    expect(Array.from(await y.data())).toEqual([321, 543, 65]);
  });

  it("convolves an empty batch to nothing", async () => {
    using x = tensor(new Float32Array(0), [0, 4, 4, 3], { device });
    using filter = tensor(new Float32Array(2 * 2 * 3 * 2), [2, 2, 3, 2], { device });
    using y = depthwiseConv2d(x, filter, { padding: "same" });
    expect(y.shape).toEqual([0, 4, 4, 6]);
  });
});

describe("errors", () => {
  const make = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device: cpu });
  const call = (x: Shape, filter: Shape, options: DepthwiseConv2dOptions = {}) =>
    expect(() => scope(() => depthwiseConv2d(make(x), make(filter), options)));

  it("of shapes", () => {
    call([2, 3, 4], [1, 1, 4, 1]).toThrow(
      new ShapeError("depthwiseConv2d: x must be [batch, height, width, channels], got [2, 3, 4]"),
    );
    call([1, 3, 3, 4], [3, 3, 4]).toThrow(
      new ShapeError(
        "depthwiseConv2d: filter must be [filterHeight, filterWidth, channels, multiplier], got [3, 3, 4]",
      ),
    );
    call([1, 3, 3, 4], [3, 3, 2, 1]).toThrow(
      new ShapeError("depthwiseConv2d: channels differ: x is [1, 3, 3, 4], filter is [3, 3, 2, 1] (4 ≠ 2)"),
    );
    call([1, 3, 3, 0], [1, 1, 0, 1]).toThrow("depthwiseConv2d: x must have at least one channel, got [1, 3, 3, 0]");
    call([1, 2, 2, 1], [3, 3, 1, 1]).toThrow("depthwiseConv2d: nothing is left along the height: image 2 + padding 0");
    const bias = () => depthwiseConv2d(make([1, 3, 3, 2]), make([1, 1, 2, 2]), { bias: make([2]) });
    expect(() => scope(bias)).toThrow(
      new ShapeError("depthwiseConv2d: bias must be [4], one value per filter, got [2]"),
    );
  });

  it("of arguments", () => {
    call([1, 3, 3, 1], [1, 1, 1, 1], { stride: 1.5 }).toThrow(
      new ArgumentError("depthwiseConv2d: stride must be a whole number of at least 1, got 1.5 along the height"),
    );
    call([1, 3, 3, 1], [1, 1, 1, 1], { dilation: 0 }).toThrow(
      new ArgumentError("depthwiseConv2d: dilation must be a whole number of at least 1, got 0 along the height"),
    );
    const bytes = () => depthwiseConv2d(make([1, 1, 1, 1]), tensor(new Uint8Array(1), [1, 1, 1, 1], { device: cpu }));
    expect(() => scope(bytes)).toThrow(new DTypeError("depthwiseConv2d: filter must be float32, got uint8"));
  });
});
