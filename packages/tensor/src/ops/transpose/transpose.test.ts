import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { ndArray } from "../../testing/nd-array.ts";
import { transposeReference } from "./transpose.reference.ts";
import { transpose } from "./transpose.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it.each([
    [
      [2, 3, 2, 3, 2, 3],
      [5, 4, 3, 2, 1, 0],
    ],
    [
      [2, 3, 2, 3, 2, 3],
      [4, 1, 3, 0, 2, 5],
    ],
    [
      [2, 3, 2, 3, 35, 3],
      [0, 4, 2, 5, 1, 3],
    ],
    [
      [2, 33, 40],
      [2, 0, 1],
    ],
  ])("moves int32 values of %j by %j", async (shape, permutation) => {
    const values = Int32Array.from({ length: sizeOf(shape) }, (_, i) => i - 7);
    const result = scope(() => transpose(tensor(values, shape, { device }), permutation));
    const expected = transposeReference(
      ndArray(shape, (i) => i - 7),
      permutation,
    );
    expect(result.shape).toEqual(expected.shape);
    expect(Array.from(await result.data())).toEqual(Array.from(expected.data));
    result.dispose();
  });

  it("moves values as they are", async () => {
    const values = [Number.NaN, -0, 1e-45, Number.POSITIVE_INFINITY, 2, 3];
    const result = scope(() => transpose(tensor(values, [2, 3], { device })));
    const moved = [Number.NaN, Number.POSITIVE_INFINITY, -0, 2, 1e-45, 3].map(Math.fround);
    expect(Array.from(await result.data())).toEqual(moved);
    result.dispose();
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const call = (shape: Shape, permutation?: number[]) => () =>
    scope(() => transpose(tensor(new Float32Array(sizeOf(shape)), shape, { device }), permutation));

  it.each([
    [[0, 0], "transpose: permutation must name each of x's 2 axes once, got [0, 0]"],
    [[0], "transpose: permutation must name each of x's 2 axes once, got [0]"],
    [[1, 2], "transpose: permutation must name each of x's 2 axes once, got [1, 2]"],
  ])("names the permutation %j", (permutation, message) => {
    expect(call([2, 3], permutation)).toThrow(new ShapeError(message));
  });

  it("names more than six axes that stay apart", () => {
    expect(call([2, 2, 2, 2, 2, 2, 2])).toThrow(
      /^transpose: x is .* leaves 7 axes after merging, at most 6 are supported$/,
    );
  });

  it("names a wrong dtype", () => {
    const wrong = () => scope(() => transpose(tensor(new Uint8Array(4), [2, 2], { device })));
    expect(wrong).toThrow(new DTypeError("transpose: x must be float32 or int32, got uint8"));
  });
});
