import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { globalAveragePool } from "../global-average-pool/global-average-pool.ts";
import { averagePool } from "./average-pool.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("does not count padding", async () => {
    using x = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1], { device });
    using y = averagePool(x, { window: 2, padding: "same" });
    expect(Array.from(await y.data())).toEqual([3, 4.5, 7.5, 9]);
  });

  it("pools an empty batch to nothing", async () => {
    using x = tensor(new Float32Array(0), [0, 4, 4, 3], { device });
    using y = averagePool(x, { window: 2 });
    expect(y.shape).toEqual([0, 2, 2, 3]);
    expect(await y.data()).toHaveLength(0);
  });
});

describe("errors", () => {
  const make = (shape: Shape) => tensor(new Float32Array(sizeOf(shape)), shape, { device: cpu });

  it("name the op", () => {
    const small = () => averagePool(make([1, 2, 2, 1]), { window: 3 });
    expect(() => scope(small)).toThrow(/^averagePool: x is \[1, 2, 2, 1\], smaller than the window \[3, 3\]/);
    const window = () => averagePool(make([1, 2, 2, 1]), { window: 1.5 });
    expect(() => scope(window)).toThrow("averagePool: window must be whole numbers of at least 1, got [1.5, 1.5]");
    const flat = () => globalAveragePool(make([2, 3]));
    expect(() => scope(flat)).toThrow(
      new ShapeError("globalAveragePool: x must be [batch, height, width, channels], got [2, 3]"),
    );
    const words = () => averagePool(tensor(new Int32Array(4), [1, 2, 2, 1], { device: cpu }), { window: 2 });
    expect(() => scope(words)).toThrow(new DTypeError("averagePool: x must be float32, got int32"));
  });
});
