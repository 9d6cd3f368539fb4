import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type NestedNumbers, type Tensor, tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { logSoftmax } from "../log-softmax/log-softmax.ts";
import { causalSoftmax, softmax } from "./softmax.ts";

const devices = await openTestDevices();
const { NEGATIVE_INFINITY, NaN: nan } = Number;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  const values = async (op: (x: Tensor) => Tensor, x: NestedNumbers): Promise<number[]> => {
    using result = scope(() => op(tensor(x, undefined, { device })));
    return Array.from(await result.data());
  };
  const rows: NestedNumbers = [
    [1000, 1000, NEGATIVE_INFINITY],
    [0, nan, 0],
    [NEGATIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_INFINITY],
    [0, Number.POSITIVE_INFINITY, 0],
  ];
  const expected = [0.5, 0.5, 0, ...new Array<number>(9).fill(nan)];

  it("neither overflows nor hides what is not finite", async () => {
    expect(await values(softmax, rows)).toEqual(expected);
    // Long enough for the kernel that takes a workgroup to a row.
    const long = (rows as number[][]).map((row) => [...row, ...new Array<number>(40).fill(NEGATIVE_INFINITY)]);
    expect((await values(softmax, long)).slice(0, 43)).toEqual([0.5, 0.5, ...new Array<number>(41).fill(0)]);
    expect((await values(softmax, long)).slice(43).every(Number.isNaN)).toBe(true);
  });

  it("does so along other axes", async () => {
    const columns = [0, 1, 2].map((k) => (rows as number[][]).map((row) => row[k]!));
    const result = await values((x) => softmax(x, { axis: 0 }), columns);
    expect([0, 1, 2, 3].flatMap((column) => [0, 1, 2].map((k) => result[k * 4 + column]!))).toEqual(expected);
  });

  it("keeps logarithms of what is too small for float32", async () => {
    expect(await values(logSoftmax, [[0, -1000, 200]])).toEqual([-200, -1200, 0]);
  });

  it("takes nothing", async () => {
    using x = tensor(new Float32Array(0), [2, 0], { device });
    using y = softmax(x);
    expect(y.shape).toEqual([2, 0]);
    expect(Array.from(await y.data())).toEqual([]);
  });
});

describe("errors", () => {
  const { device } = devices[0]!;

  it.each([
    [
      () => softmax(tensor([1, 2], undefined, { device }), { axis: 1 }),
      new ShapeError("softmax: axis 1 is out of range for a tensor of rank 1"),
    ],
    [
      () => causalSoftmax(tensor([1, 2], undefined, { device })),
      new ShapeError("causalSoftmax: x must be [..., queries, keys], got [2]"),
    ],
    [
      () => logSoftmax(tensor(1, undefined, { device })),
      new ShapeError("logSoftmax: axis -1 is out of range for a tensor of rank 0"),
    ],
    [
      () => softmax(tensor(Int32Array.of(1), undefined, { device })),
      new DTypeError("softmax: x must be float32, got int32"),
    ],
    [
      () => causalSoftmax(tensor(Int32Array.of(1), [1, 1], { device })),
      new DTypeError("causalSoftmax: x must be float32, got int32"),
    ],
  ])("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});
