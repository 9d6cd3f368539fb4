import { afterAll, describe, expect, it } from "vitest";
import { openDevice } from "../../devices/open-device.ts";
import { ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { tensor } from "../../tensor.ts";
import { reshape } from "./reshape.ts";

const device = await openDevice("cpu", { threads: 1 });

afterAll(() => device.destroy());

describe("reshape", () => {
  it("is a second handle of the same memory, which lives as long as one of them", async () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [2, 3], { device });
    const { liveBlocks } = device.memory();
    const y = reshape(x, [3, 2]);
    expect(device.memory().liveBlocks).toBe(liveBlocks);
    expect(y.storage).toBe(x.storage);
    x.dispose();
    expect(Array.from(await y.data())).toEqual([1, 2, 3, 4, 5, 6]);
    y.dispose();
    expect(device.memory().liveBlocks).toBe(liveBlocks - 1);
  });

  it.each([
    [[-1], [6]],
    [
      [3, -1],
      [3, 2],
    ],
    [
      [-1, 6, 1],
      [1, 6, 1],
    ],
  ])("infers %j", (shape, expected) => {
    using x = tensor(new Int32Array(6), [2, 3], { device });
    using y = reshape(x, shape);
    expect(y.shape).toEqual(expected);
    expect(y.dtype).toBe("int32");
  });

  it("hands the gradient back in x's shape", async () => {
    using x = tensor([1, 2, 3, 4], [2, 2], { device });
    x.requiresGradient = true;
    using y = reshape(x, [4]);
    using dy = tensor([5, 6, 7, 8], [4], { device });
    const [dx] = gradients([y], [x], [dy]);
    expect(dx!.shape).toEqual([2, 2]);
    expect(Array.from(await dx!.data())).toEqual([5, 6, 7, 8]);
    dx!.dispose();
  });

  it.each([
    [[4], "reshape: [4] does not hold the 6 values of x, which is [2, 3]"],
    [[-1, 4], "reshape: [-1, 4] does not hold the 6 values of x, which is [2, 3]"],
    [[-1, 0], "reshape: [-1, 0] does not hold the 6 values of x, which is [2, 3]"],
    [[-1, -1], "reshape: only one size may be -1, got [-1, -1]"],
    [[-2, 3], "reshape: sizes must be whole numbers of at least 0, got [-2, 3]"],
  ])("refuses %j", (shape, message) => {
    using x = tensor(new Float32Array(6), [2, 3], { device });
    expect(() => reshape(x, shape)).toThrow(new ShapeError(message));
  });
});
