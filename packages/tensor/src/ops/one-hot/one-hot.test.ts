import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError, DTypeError } from "../../errors.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { oneHot } from "./one-hot.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("gives zeros for labels out of range", async () => {
    using labels = tensor(Int32Array.of(2, -1, 3, 0, 2 ** 31 - 1, -(2 ** 31)), [6], { device });
    using y = oneHot(labels, 3);
    expect(Array.from(await y.data())).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("errors", () => {
  it("name the depth and the dtype", () => {
    const labels = () => tensor(new Int32Array(2), [2], { device: cpu });
    const depth = new ArgumentError("oneHot: depth must be a whole number of at least 1, got 0");
    expect(() => scope(() => oneHot(labels(), 0))).toThrow(depth);
    const wrong = () => oneHot(tensor([1], [1], { device: cpu }), 2);
    expect(() => scope(wrong)).toThrow(new DTypeError("oneHot: labels must be int32, got float32"));
  });
});
