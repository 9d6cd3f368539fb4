import { afterAll, describe, expect, it } from "vitest";
import type { Device } from "../../devices/device.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { formatShape, type Shape, sizeOf } from "../../shape.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import type { OpCase } from "../../testing/case.ts";
import { checkCase, checkSameBits } from "../../testing/check-case.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { summation } from "../../testing/tolerance.ts";
import { max } from "../max/max.ts";
import { mean } from "../mean/mean.ts";
import { sum } from "../sum/sum.ts";
import { sumGradientReference, sumReference } from "./reduce.reference.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** Shapes that take the paths which the case table's small ones do not: wide blocks, several chunks, several passes. */
const layouts: readonly (readonly [Shape, readonly number[]])[] = [
  [[600, 70], [0]],
  [[2, 300, 40], [1]],
  [
    [600, 2, 5],
    [0, 2],
  ],
  [[2, 5003], [1]],
  [
    [3, 2, 4100],
    [0, 2],
  ],
  [
    [2, 3, 2, 3, 2, 3],
    [0, 2, 4],
  ],
  [
    [2, 3, 2, 3, 2, 3],
    [1, 3, 5],
  ],
  [[7, 1, 33], [1]],
];

/** With the result that element i goes into. */
const longSums: readonly (readonly [Shape, readonly number[], (i: number) => number])[] = [
  [[1_000_003], [0], () => 0],
  [[200_003, 5], [0], (i) => i % 5],
  [[30_001, 33], [0], (i) => i % 33],
  [[100_001, 2, 5], [0, 2], (i) => Math.floor(i / 5) % 2],
];

describe.each(devices)("on $name", ({ device }) => {
  it.each(layouts)("sums %j over %j", async (shape, axes) => {
    await checkCase(device, sumCase(shape, axes));
  });

  // All terms of one sign and rounded alike: the errors do not compensate.
  it.each(longSums)("keeps sums of %j over %j within a millionth", async (shape, axes, resultOf) => {
    const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => 0.1 + (i % 7));
    const result = await once(() => sum(tensor(values, shape, { device }), { axes }));
    const exact = result.map(() => 0);
    values.forEach((value, i) => {
      exact[resultOf(i)]! += value;
    });
    result.forEach((value, i) => {
      expect(Math.abs(value / exact[i]! - 1)).toBeLessThan(1e-6);
    });
  });

  it("sums nothing to 0 and averages nothing to NaN", async () => {
    const empty = () => tensor(new Float32Array(0), [2, 0], { device });
    expect(await once(() => sum(empty(), { axes: 1 }))).toEqual([0, 0]);
    expect(await once(() => mean(empty(), { axes: 1 }))).toEqual([Number.NaN, Number.NaN]);
    expect(await once(() => sum(empty(), { axes: 0 }))).toEqual([]);
  });

  it("gives NaN where one of the values is NaN", async () => {
    const values = Float32Array.from({ length: 3 * 200 }, (_, i) => (i === 333 ? Number.NaN : i));
    const make = () => tensor(values, [3, 200], { device });
    expect(await once(() => max(make(), { axes: 1 }))).toEqual([199, Number.NaN, 599]);
    expect((await once(() => max(make(), { axes: 0 })))[333 - 200]).toBeNaN();
    expect(await once(() => sum(make(), { axes: 1 }))).toEqual([19900, Number.NaN, 99900]);
  });

  it("shares the gradient of a maximum among its ties, and among NaNs where it is NaN", async () => {
    const values = [1, 4, 4, 4, Number.NaN, 2, 3, Number.NaN, 0, -0, -1, -2];
    const result = await once(() => {
      const x = tensor(values, [3, 4], { device });
      x.requiresGradient = true;
      const dy = tensor([6, 8, 2], [3], { device });
      return gradients([max(x, { axes: 1 })], [x], [dy])[0]!;
    });
    expect(result).toEqual([0, 2, 2, 2, 4, 0, 0, 4, 1, 1, 0, 0]);
  });

  it("takes the greatest of -infinities", async () => {
    const values = new Float32Array(100).fill(Number.NEGATIVE_INFINITY);
    expect(await once(() => max(tensor(values, undefined, { device })))).toEqual([Number.NEGATIVE_INFINITY]);
  });
});

it.each(layouts)("sums %j over %j to the same bits on one thread and two", async (shape, axes) => {
  const [two, one] = devices.map(({ device }) => device) as [Device, Device];
  const opCase = sumCase(shape, axes);
  checkSameBits(opCase.name, await checkCase(two, opCase), await checkCase(one, opCase));
});

describe("errors", () => {
  const make = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device: cpu });

  it.each([
    [
      "an axis out of range",
      () => sum(make([2, 3]), { axes: 2 }),
      "sum: axis 2 is out of range for a tensor of rank 2",
    ],
    ["an axis that repeats", () => mean(make([2, 3]), { axes: [1, -1] }), "mean: axes repeat: [1, 1]"],
    [
      "a maximum of nothing",
      () => max(make([2, 0]), { axes: 1 }),
      "max: expected values along axis 1, got x of [2, 0]",
    ],
    [
      "more than six axes that stay apart",
      () => sum(make([2, 2, 2, 2, 2, 2, 2]), { axes: [1, 3, 5] }),
      "sum: x is [2, 2, 2, 2, 2, 2, 2] and axes [1, 3, 5] leave 7 axes after merging, at most 6 are supported",
    ],
  ])("names %s", (_, call, message) => {
    expect(() => scope(call)).toThrow(new ShapeError(message));
  });

  it("names a wrong dtype", () => {
    const call = () => sum(tensor(new Int32Array(2), undefined, { device: cpu }));
    expect(() => scope(call)).toThrow(new DTypeError("sum: x must be float32, got int32"));
  });
});

function sumCase(shape: Shape, axes: readonly number[]): OpCase {
  return {
    name: `sum ${formatShape(shape)} over ${formatShape(axes)}`,
    inputs: [{ shape }],
    run: (x) => sum(x!, { axes }),
    reference: (x) => sumReference(x!, { axes }),
    referenceGradient: ([dy], x) => [sumGradientReference(dy, x!, { axes })],
    tolerance: summation(axes.reduce((product, axis) => product * shape[axis]!, 1)),
  };
}

/** The values of a result whose scope is gone. */
async function once(body: () => Tensor): Promise<number[]> {
  const result = scope(body);
  const values = Array.from(await result.data());
  result.dispose();
  return values;
}
