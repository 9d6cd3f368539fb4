import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { argmax } from "./argmax.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** Rows with what wins in them. */
const rows: readonly (readonly [readonly number[], number])[] = [
  [[1, Number.NaN, 9, Number.NaN, 2, 3], 1],
  [[-0, 0, -1, 0, -0, -3], 0],
  [[-5, -4, -9, -4, -4, -7], 1],
  [new Array<number>(6).fill(Number.NEGATIVE_INFINITY), 0],
  [[0, 1, 2, 3, Number.POSITIVE_INFINITY, Number.NaN], 5],
];
const winners = rows.map(([, winner]) => winner);

describe.each(devices)("on $name", ({ device }) => {
  it("lets the first of equals win, and NaN over numbers, along rows", async () => {
    const values = rows.flatMap(([row]) => row);
    const result = scope(() => argmax(tensor(values, [rows.length, 6], { device })));
    expect(Array.from(await result.data())).toEqual(winners);
    result.dispose();
  });

  it("does so along columns", async () => {
    const values = Array.from({ length: 6 }, (_, i) => rows.map(([row]) => row[i]!)).flat();
    const result = scope(() => argmax(tensor(values, [6, rows.length], { device }), { axis: 0 }));
    expect(Array.from(await result.data())).toEqual(winners);
    result.dispose();
  });
});

describe("errors", () => {
  const { device } = devices[0]!;

  it("names an axis without values", () => {
    const call = () => scope(() => argmax(tensor(new Float32Array(0), [2, 0], { device })));
    expect(call).toThrow(new ShapeError("argmax: expected values along axis 1, got x of [2, 0]"));
  });

  it("names a scalar's missing axis", () => {
    const call = () => scope(() => argmax(tensor(1, undefined, { device })));
    expect(call).toThrow(new ShapeError("argmax: axis -1 is out of range for a tensor of rank 0"));
  });

  it("names a wrong dtype", () => {
    const call = () => scope(() => argmax(tensor(new Int32Array(2), undefined, { device })));
    expect(call).toThrow(new DTypeError("argmax: x must be float32, got int32"));
  });
});
