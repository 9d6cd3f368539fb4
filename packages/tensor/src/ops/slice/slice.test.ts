import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { slice } from "./slice.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("moves values as they are", async () => {
    using x = tensor([1, Number.NaN, -0, 2, 1e-45, Number.POSITIVE_INFINITY], [2, 3], { device });
    using y = slice(x, { begin: [0, 1], size: [2, 2] });
    expect(Array.from(await y.data())).toEqual([Number.NaN, -0, Math.fround(1e-45), Number.POSITIVE_INFINITY]);
  });

  it("takes nothing, and its gradient is zero", async () => {
    const dx = scope(() => {
      const x = tensor([1, 2, 3, 4], [2, 2], { device });
      x.requiresGradient = true;
      const y = slice(x, { begin: [1, 2], size: [1, 0] });
      expect(y.shape).toEqual([1, 0]);
      return gradients([y], [x], [tensor(new Float32Array(0), [1, 0], { device })])[0]!;
    });
    expect(Array.from(await dx.data())).toEqual([0, 0, 0, 0]);
    dx.dispose();
  });
});

describe("errors", () => {
  const x = () => tensor([1, 2, 3, 4], [2, 2], { device: cpu });

  it.each([
    [{ begin: [1, 0], size: [2, 2] }, "begin [1, 0] and size [2, 2]"],
    [{ begin: [-1, 0], size: [1, 2] }, "begin [-1, 0] and size [1, 2]"],
    [{ begin: [0, 0], size: [1.5, 2] }, "begin [0, 0] and size [1.5, 2]"],
    [{ begin: [0], size: [2] }, "begin [0] and size [2]"],
  ])("name the box %j", (box, got) => {
    const error = new ShapeError(`slice: expected a box inside of x, which is [2, 2], got ${got}`);
    expect(() => scope(() => slice(x(), box))).toThrow(error);
  });

  it("name a wrong dtype", () => {
    const wrong = () => slice(tensor(new Uint8Array(1), [1], { device: cpu }), { begin: [0], size: [1] });
    expect(() => scope(wrong)).toThrow(new DTypeError("slice: x must be float32 or int32, got uint8"));
  });
});
