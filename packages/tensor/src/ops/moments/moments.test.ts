import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { standardDeviation } from "../standard-deviation/standard-deviation.ts";
import { variance } from "../variance/variance.ts";
import { moments } from "./moments.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("gives what can be worked out by hand", async () => {
    using x = tensor([1, 2, 3, 6], undefined, { device });
    // Deviations −2, −1, 0, 3: their squares sum to 14.
    for (const [result, expected] of [
      [variance(x), 3.5],
      [variance(x, { correction: 1 }), 14 / 3],
      [standardDeviation(x), Math.sqrt(3.5)],
      [moments(x).mean, 3],
    ] as const) {
      expect(await result.item()).toBeCloseTo(expected, 6);
      result.dispose();
    }
  });

  it("has no moments of nothing", async () => {
    const { mean, variance: spread } = scope(() =>
      moments(tensor(new Float32Array(0), [2, 0], { device }), { axes: 1 }),
    );
    expect(Array.from(await mean.data())).toEqual([Number.NaN, Number.NaN]);
    expect(Array.from(await spread.data())).toEqual([Number.NaN, Number.NaN]);
    mean.dispose();
    spread.dispose();
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const x = () => tensor([1, 2, 3], undefined, { device });

  it.each([
    [
      () => variance(x(), { correction: 3 }),
      new ArgumentError("variance: correction must be at least 0 and below the number of values, 3, got 3"),
    ],
    [
      () => moments(x(), { correction: -1 }).variance,
      new ArgumentError("moments: correction must be at least 0 and below the number of values, 3, got -1"),
    ],
    [() => variance(x(), { axes: 1 }), new ShapeError("variance: axis 1 is out of range for a tensor of rank 1")],
    [
      () => standardDeviation(tensor(new Int32Array(2), undefined, { device })),
      new DTypeError("mean: x must be float32, got int32"),
    ],
  ])("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});
