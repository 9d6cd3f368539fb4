import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { scaledDotProductAttention } from "./attention.ts";

const devices = await openTestDevices();
const { NEGATIVE_INFINITY, NaN: nan } = Number;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("hides keys, and is loud where none is left", async () => {
    using y = scope(() => {
      const make = (values: number[]) => tensor(values, [values.length, 1], { device });
      const mask = [
        [0, NEGATIVE_INFINITY],
        [NEGATIVE_INFINITY, 0],
        [NEGATIVE_INFINITY, NEGATIVE_INFINITY],
      ];
      return scaledDotProductAttention(make([1, 2, 3]), make([4, 5]), make([6, 7]), {
        mask: tensor(mask, undefined, { device }),
      });
    });
    expect(Array.from(await y.data())).toEqual([6, 7, nan]);
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const make = (...shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device });
  const attend = (query: Shape, key: Shape, value: Shape, mask?: Shape) =>
    scaledDotProductAttention(make(...query), make(...key), make(...value), mask ? { mask: make(...mask) } : {});

  it.each([
    [
      () => attend([4], [2, 4], [2, 4]),
      new ShapeError("scaledDotProductAttention: query must be [..., length, depth], got [4]"),
    ],
    [
      () => attend([3, 4], [2, 5], [2, 4]),
      new ShapeError("scaledDotProductAttention: depths differ: query is [3, 4], key is [2, 5] (4 ≠ 5)"),
    ],
    [
      () => attend([3, 4], [2, 4], [3, 4]),
      new ShapeError(
        "scaledDotProductAttention: key and value differ in length: key is [2, 4], value is [3, 4] (2 ≠ 3)",
      ),
    ],
    [
      () => attend([3, 4], [2, 4], [2, 4], [5, 3, 2]),
      new ShapeError("scaledDotProductAttention: mask must broadcast to the scores, [3, 2], got [5, 3, 2]"),
    ],
    [
      () => scaledDotProductAttention(make(3, 4), tensor(new Int32Array(8), [2, 4], { device }), make(2, 4)),
      new DTypeError("scaledDotProductAttention: key must be float32, got int32"),
    ],
  ])("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});
