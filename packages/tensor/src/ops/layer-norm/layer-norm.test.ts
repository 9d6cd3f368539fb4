import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { layerNorm } from "./layer-norm.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("keeps a small spread far from zero", async () => {
    using y = scope(() => {
      const x = tensor([4096, 4097, 4098, 4099], [1, 4], { device });
      const [scale, offset] = [
        tensor([1, 1, 1, 1], undefined, { device }),
        tensor([0, 0, 0, 0], undefined, { device }),
      ];
      return layerNorm(x, { scale, offset, epsilon: 0 });
    });
    const expected = [-1.5, -0.5, 0.5, 1.5].map((d) => d / Math.sqrt(1.25));
    (await y.data()).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });
});

describe("errors", () => {
  const { device } = devices[0]!;
  const make = (...shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device });
  const call = (x: Shape, scale: Shape, offset: Shape, epsilon = 0) =>
    layerNorm(make(...x), { scale: make(...scale), offset: make(...offset), epsilon });

  it.each([
    [
      () => call([2, 3], [2], [2]),
      new ShapeError("layerNorm: scale must be the shape of x's last axes, none of size 0; x is [2, 3], scale [2]"),
    ],
    [
      () => call([3], [2, 3], [2, 3]),
      new ShapeError("layerNorm: scale must be the shape of x's last axes, none of size 0; x is [3], scale [2, 3]"),
    ],
    [
      () => call([2, 0], [0], [0]),
      new ShapeError("layerNorm: scale must be the shape of x's last axes, none of size 0; x is [2, 0], scale [0]"),
    ],
    [() => call([2, 3], [3], [2, 3]), new ShapeError("layerNorm: offset must be [3], the shape of scale, got [2, 3]")],
    [() => call([2, 3], [3], [3], -1), new ArgumentError("layerNorm: epsilon must be at least 0, got -1")],
    [
      () => layerNorm(tensor(new Int32Array(3), undefined, { device }), { scale: make(3), offset: make(3) }),
      new DTypeError("layerNorm: x must be float32, got int32"),
    ],
  ])("are one line: %#", (body, error) => {
    expect(() => scope(body)).toThrow(error);
  });
});
