import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { conv2d } from "../conv2d/conv2d.ts";
import { type Conv2dTransposeOptions, conv2dTranspose } from "./conv2d-transpose.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;
const make = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device: cpu });

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("lays the filter into the result, and leaves what it does not reach to the bias", async () => {
    using x = tensor([1, 2], [1, 1, 2, 1], { device });
    using filter = tensor([1, 10, 100], [1, 3, 1, 1], { device });
    using bias = tensor([1000], [1], { device });
    using valid = conv2dTranspose(x, filter, { stride: [1, 2] });
    expect(Array.from(await valid.data())).toEqual([1, 10, 102, 20, 200]);
    using sparse = conv2dTranspose(x, filter, { stride: [1, 4], bias });
    expect(Array.from(await sparse.data())).toEqual([1001, 1010, 1100, 1000, 1002, 1020, 1200, 1000]);
  });

  it("makes nothing of an empty batch", async () => {
    using x = tensor(new Float32Array(0), [0, 2, 2, 3], { device });
    using filter = tensor(new Float32Array(3 * 3 * 2 * 3), [3, 3, 2, 3], { device });
    using y = conv2dTranspose(x, filter, { stride: 2, padding: "same" });
    expect(y.shape).toEqual([0, 4, 4, 2]);
  });
});

describe("sizes", () => {
  const onePixel = [
    [1, 1],
    [0, 0],
  ] as const;
  const height = (size: number, taps: number, options: Conv2dTransposeOptions) =>
    scope(() => conv2dTranspose(make([1, size, 1, 1]), make([taps, 1, 1, 1]), options).shape[1]);

  // As Keras's Conv2DTranspose has them (`output_padding` absent or given), and PyTorch's for explicit padding.
  it.each([
    [4, 3, { stride: 2, padding: "same" }, 8],
    [4, 2, { stride: 3, padding: "same" }, 12],
    [4, 3, { stride: 2 }, 9],
    [4, 2, { stride: 3 }, 12],
    [4, 2, { stride: 3, outputPadding: 0 }, 11],
    [4, 3, { stride: 2, padding: "same", outputPadding: 0 }, 7],
    [4, 3, { stride: 2, padding: "same", outputPadding: 1 }, 8],
    [4, 4, { stride: 2, padding: onePixel }, 8],
    [4, 3, { stride: 2, padding: onePixel, outputPadding: 1 }, 8],
    [4, 3, { dilation: 2 }, 8],
  ] as const)("%i pixels by %i taps, %j: %i", (size, taps, options, expected) => {
    expect(height(size, taps, options)).toBe(expected);
  });

  it.each(["same", "valid"] as const)("are those that a convolution takes back, padding %s", (padding) => {
    for (const stride of [1, 2, 3]) {
      for (const taps of [1, 2, 3, 4, 5]) {
        const back = scope(() => {
          const y = conv2dTranspose(make([1, 4, 3, 1]), make([taps, taps, 2, 1]), { stride, padding });
          return conv2d(y, make([taps, taps, 2, 1]), { stride, padding }).shape;
        });
        expect(back).toEqual([1, 4, 3, 1]);
      }
    }
  });
});

describe("errors", () => {
  const call = (x: Shape, filter: Shape, options: Conv2dTransposeOptions = {}) =>
    expect(() => scope(() => conv2dTranspose(make(x), make(filter), options)));

  it("of shapes", () => {
    call([2, 3, 4], [1, 1, 4, 1]).toThrow(
      new ShapeError("conv2dTranspose: x must be [batch, height, width, channels], got [2, 3, 4]"),
    );
    call([1, 3, 3, 4], [3, 3, 4]).toThrow(
      new ShapeError("conv2dTranspose: filter must be [filterHeight, filterWidth, filters, channels], got [3, 3, 4]"),
    );
    call([1, 3, 3, 4], [3, 3, 4, 2]).toThrow(
      "conv2dTranspose: channels differ: x is [1, 3, 3, 4], filter is [3, 3, 4, 2] (4 ≠ 2)",
    );
    call([1, 3, 3, 4], [3, 3, 1, 4], { groups: 3 }).toThrow(
      new ShapeError("conv2dTranspose: groups must divide channels: 3 groups, 4 channels"),
    );
    call([1, 0, 3, 1], [3, 3, 1, 1]).toThrow(new ShapeError("conv2dTranspose: x has no pixels along the height"));
    const padding = [
      [2, 1],
      [0, 0],
    ] as const;
    call([1, 1, 1, 1], [3, 3, 1, 1], { padding }).toThrow(
      new ShapeError("conv2dTranspose: nothing is left along the height: 0 pixels after the padding"),
    );
    const bias = () => conv2dTranspose(make([1, 2, 2, 1]), make([1, 1, 3, 1]), { bias: make([1]) });
    expect(() => scope(bias)).toThrow(
      new ShapeError("conv2dTranspose: bias must be [3], one value per filter, got [1]"),
    );
  });

  it("of arguments", () => {
    call([1, 3, 3, 1], [1, 1, 1, 1], { stride: 0 }).toThrow(
      new ArgumentError("conv2dTranspose: stride must be a whole number of at least 1, got 0 along the height"),
    );
    call([1, 3, 3, 1], [1, 1, 1, 1], { groups: 1.5 }).toThrow(
      new ArgumentError("conv2dTranspose: groups must be a whole number of at least 1, got 1.5"),
    );
    call([1, 3, 3, 1], [3, 3, 1, 1], { stride: 2, outputPadding: [0, 2] }).toThrow(
      new ArgumentError(
        "conv2dTranspose: outputPadding must be a whole number from 0 to 1, below stride or dilation, got 2 along the width",
      ),
    );
    call([1, 4, 4, 1], [2, 2, 1, 1], { stride: 2, padding: "same", outputPadding: 0 }).toThrow(
      new ArgumentError(
        'conv2dTranspose: outputPadding 0 gives 6 pixels along the height, which stride 2 and padding "same" take back to 3, not 4',
      ),
    );
    const words = () => conv2dTranspose(tensor(new Int32Array(1), [1, 1, 1, 1], { device: cpu }), make([1, 1, 1, 1]));
    expect(() => scope(words)).toThrow(new DTypeError("conv2dTranspose: x must be float32, got int32"));
  });
});
