import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { matmul } from "./matmul.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("multiplies no matrices, and gives their gradients", async () => {
    const { y, da } = scope(() => {
      const a = tensor(new Float32Array(0), [0, 2, 3], { device });
      a.requiresGradient = true;
      const result = matmul(a, tensor(new Float32Array(0), [0, 3, 4], { device }));
      const seed = tensor(new Float32Array(0), [0, 2, 4], { device });
      return { y: result, da: gradients([result], [a], [seed])[0]! };
    });
    expect([y.shape, da.shape]).toEqual([
      [0, 2, 4],
      [0, 2, 3],
    ]);
    expect(Array.from(await y.data())).toEqual([]);
    y.dispose();
    da.dispose();
  });

  it("sums nothing to zeros in every matrix", async () => {
    using a = tensor(new Float32Array(0), [2, 2, 0], { device });
    using b = tensor(new Float32Array(0), [2, 0, 1], { device });
    using y = matmul(a, b);
    expect(Array.from(await y.data())).toEqual([0, 0, 0, 0]);
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const make = (...shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device });

  it.each([
    [
      () => matmul(make(2), make(2, 2)),
      new ShapeError("matmul: a must be a matrix or several, got [2]", {
        hints: ["a vector becomes a matrix of one row with reshape"],
      }),
    ],
    [
      () => matmul(make(4, 2, 3), make(5, 2)),
      new ShapeError("matmul: inner sizes differ: a is [4, 2, 3], b is [5, 2] (3 ≠ 5)"),
    ],
    [
      () => matmul(make(4, 2, 3), make(4, 2, 5), { transposeB: true }),
      new ShapeError("matmul: inner sizes differ: a is [4, 2, 3], b is [4, 2, 5] transposed (3 ≠ 5)"),
    ],
    [
      () => matmul(make(4, 2, 3), make(5, 3, 2)),
      new ShapeError("matmul: shapes do not broadcast: [4] and [5] (4 ≠ 5 on axis -1)"),
    ],
    [
      () => matmul(make(2, 3), make(3, 4), { bias: make(3) }),
      new ShapeError("matmul: bias must be [4], one value per column, got [3]"),
    ],
    [
      () => matmul(make(2, 1, 2, 1, 2, 1, 1), make(1, 2, 1, 2, 1, 1, 1)),
      new ShapeError(
        "matmul: leading axes of [2, 1, 2, 1, 2, 1, 1] and [1, 2, 1, 2, 1, 1, 1] alternate 5 times in who is stretched, at most 4 are supported",
      ),
    ],
    [
      () => matmul(make(2, 3), tensor(new Int32Array(3), [3, 1], { device })),
      new DTypeError("matmul: b must be float32, got int32"),
    ],
  ])("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});
