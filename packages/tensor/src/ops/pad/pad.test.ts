import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { pad } from "./pad.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("moves values as they are", async () => {
    const values = Float32Array.of(Number.NaN, -0, 1e-45, Number.POSITIVE_INFINITY);
    using x = tensor(values, [2, 2], { device });
    using y = pad(
      x,
      [
        [0, 1],
        [1, 0],
      ],
      { value: -0 },
    );
    expect(Array.from(await y.data())).toEqual([
      -0,
      Number.NaN,
      -0,
      -0,
      Math.fround(1e-45),
      Number.POSITIVE_INFINITY,
      -0,
      -0,
      -0,
    ]);
  });

  it.each([Number.NaN, Number.NEGATIVE_INFINITY, 0.1])("puts %d around", async (value) => {
    using x = tensor([1], [1], { device });
    using y = pad(x, [[1, 1]], { value });
    expect(Array.from(await y.data())).toEqual([Math.fround(value), 1, Math.fround(value)]);
  });

  it("fills what is put around nothing", async () => {
    using x = tensor(new Float32Array(0), [2, 0], { device });
    using y = pad(
      x,
      [
        [0, 0],
        [1, 2],
      ],
      { value: 3 },
    );
    expect(Array.from(await y.data())).toEqual([3, 3, 3, 3, 3, 3]);
  });

  it("leaves rows that are no rows of x to the constant, far away as they are", async () => {
    using x = tensor([1, 2], [2, 1], { device });
    using y = pad(
      x,
      [
        [0, 3],
        [3, 100_001],
      ],
      { value: 7 },
    );
    const values = await y.data();
    const width = 100_005;
    expect(values.findIndex((value) => value !== 7)).toBe(3);
    expect(values.filter((value) => value !== 7)).toEqual(Float32Array.of(1, 2));
    expect(values[width + 3]).toBe(2);
  });
});

describe("errors", () => {
  const x = () => tensor([1, 2, 3, 4], [2, 2], { device: cpu });

  it.each([
    [
      () => pad(x(), [[1, 1]]),
      new ShapeError("pad: padding must be [before, after] for each of x's 2 axes, got 1 for x of [2, 2]"),
    ],
    [
      () =>
        pad(x(), [
          [0, 0],
          [1, -1],
        ]),
      new ArgumentError("pad: padding must be whole numbers of at least 0, got [1, -1] along axis 1"),
    ],
    [
      () => pad(tensor(new Int32Array(1), [1], { device: cpu }), [[1, 1]], { value: 0.5 }),
      new ArgumentError("pad: value must be an int32, as x is, got 0.5"),
    ],
    [
      () => pad(tensor(new Uint8Array(1), [1], { device: cpu }), [[1, 1]]),
      new DTypeError("pad: x must be float32 or int32, got uint8"),
    ],
    [
      () => pad(tensor([1], [1, 1, 1, 1, 1, 1, 1], { device: cpu }), []),
      new ShapeError("pad: x is [1, 1, 1, 1, 1, 1, 1], at most 6 axes are supported"),
    ],
  ])("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});
