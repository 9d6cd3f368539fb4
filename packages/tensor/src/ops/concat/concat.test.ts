import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { concat } from "./concat.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("passes over empty tensors, and gives gradients to those that want them, the same one twice", async () => {
    const [y, dx] = scope(() => {
      const x = tensor([1, 2], [2, 1], { device });
      x.requiresGradient = true;
      const constant = tensor([Number.NaN, -0], [2, 1], { device });
      const empty = tensor(new Float32Array(0), [2, 0], { device });
      const result = concat([empty, x, constant, x, empty], -1);
      const dy = tensor([1, 2, 4, 8, 16, 32], [2, 3], { device });
      return [result, gradients([result], [x], [dy])[0]!] as const;
    });
    expect(Array.from(await y.data())).toEqual([1, Number.NaN, 1, 2, -0, 2]);
    expect(Array.from(await dx.data())).toEqual([5, 40]);
    for (const one of [y, dx]) one.dispose();
  });
});

describe("errors", () => {
  const make = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device: cpu });

  it.each([
    [() => concat([], 0), new ArgumentError("concat: expected at least one tensor")],
    [
      () => concat([make([2, 3]), make([3, 3])], 1),
      new ShapeError("concat: shapes must be equal but for axis 1, got [2, 3] and [3, 3]"),
    ],
    [
      () => concat([make([2, 3]), make([2])], 0),
      new ShapeError("concat: shapes must be equal but for axis 0, got [2, 3] and [2]"),
    ],
    [() => concat([make([2])], 1), new ShapeError("concat: axis 1 is out of range for a tensor of rank 1")],
    [
      () => concat([make([2]), tensor(new Int32Array(2), [2], { device: cpu })], 0),
      new DTypeError("concat: tensors must be of one dtype, got float32 and int32"),
    ],
  ])("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});
