import { afterAll, describe, expect, it } from "vitest";
import { DTypeError, ShapeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { gather } from "./gather.ts";

const devices = await openTestDevices();
const cpu = devices[0]!.device;

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("on $name", ({ device }) => {
  it("gives zeros for indices out of range, and values as they are", async () => {
    using x = tensor([Number.NaN, -0, 1e-45], [3], { device });
    using indices = tensor(Int32Array.of(2, -1, 1, 3, 0, 2 ** 31 - 1, -(2 ** 31)), [7], { device });
    using y = gather(x, indices);
    expect(Array.from(await y.data())).toEqual([Math.fround(1e-45), 0, -0, 0, Number.NaN, 0, 0]);
  });

  it("looks whole numbers up", async () => {
    using x = tensor(Int32Array.of(2 ** 31 - 1, -1, 2 ** 24 + 1), [3], { device });
    using y = gather(x, tensor(Int32Array.of(2, 0, 3, 1), [4], { device }));
    expect(await y.data()).toEqual(Int32Array.of(2 ** 24 + 1, 2 ** 31 - 1, 0, -1));
  });

  it("adds gradients up in the order of the indices", async () => {
    const dx = scope(() => {
      const x = tensor([1, 2, 3], [3], { device });
      x.requiresGradient = true;
      const y = gather(x, tensor(Int32Array.of(1, 1, 1, 5, 0, 1), [6], { device }));
      // In another order, the ones would not be lost beside 2^24.
      return gradients([y], [x], [tensor([2 ** 24, 1, 1, 7, 3, 1], [6], { device })])[0]!;
    });
    expect(Array.from(await dx.data())).toEqual([3, 2 ** 24, 0]);
    dx.dispose();
  });

  it("looks nothing up in nothing, and its gradient is zero", async () => {
    using empty = tensor(new Float32Array(0), [0, 2], { device });
    using zeros = gather(empty, tensor(Int32Array.of(0), [1], { device }));
    expect(Array.from(await zeros.data())).toEqual([0, 0]);
    const dx = scope(() => {
      const x = tensor([1, 2], [2], { device });
      x.requiresGradient = true;
      const y = gather(x, tensor(new Int32Array(0), [0], { device }));
      return gradients([y], [x], [tensor(new Float32Array(0), [0], { device })])[0]!;
    });
    expect(Array.from(await dx.data())).toEqual([0, 0]);
    dx.dispose();
  });
});

describe("errors", () => {
  const x = () => tensor([1, 2, 3, 4], [2, 2], { device: cpu });
  const indices = () => tensor(Int32Array.of(0), [1], { device: cpu });

  it.each([
    [
      () => gather(x(), indices(), { axis: 2 }),
      new ShapeError("gather: axis 2 is out of range for a tensor of rank 2"),
    ],
    [
      () => gather(tensor([1], [], { device: cpu }), indices()),
      new ShapeError("gather: x must have at least one axis, got []"),
    ],
    [() => gather(x(), x()), new DTypeError("gather: indices must be int32, got float32")],
    [
      () => gather(tensor(Uint8Array.of(1), [1], { device: cpu }), indices()),
      new DTypeError("gather: x must be float32 or int32, got uint8"),
    ],
  ])("are one line: %#", (call, error) => {
    expect(() => scope(call)).toThrow(error);
  });
});
