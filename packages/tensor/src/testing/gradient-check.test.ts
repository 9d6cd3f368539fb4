import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noGradient } from "../autograd.ts";
import type { Device } from "../devices/device.ts";
import { openDevice } from "../devices/open-device.ts";
import { exp } from "../ops/exp/exp.ts";
import { mul } from "../ops/mul/mul.ts";
import { square } from "../ops/square/square.ts";
import { trackLeaks } from "../scope.ts";
import { MismatchError } from "./compare.ts";
import { gradientCheck } from "./gradient-check.ts";

describe("gradientCheck", () => {
  let device: Device;

  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });

  afterAll(() => device.destroy());

  it("takes a function of two inputs that broadcast, and leaves no tensor behind", async () => {
    const leaks = trackLeaks();
    await gradientCheck(device, (a, b) => mul(exp(a), square(b)), [{ shape: [3, 5] }, { shape: [5] }]);
    expect(leaks()).toEqual([]);
  });

  it("throws where part of the gradient is missing", async () => {
    const half = gradientCheck(
      device,
      (x) =>
        mul(
          x,
          noGradient(() => square(x)),
        ),
      [{ shape: [3, 5] }],
    );
    await expect(half).rejects.toThrow(MismatchError);
  });

  it("leaves inputs alone that want no gradient", async () => {
    const inputs = [{ shape: [3, 5] }, { shape: [5], gradient: false }];
    await gradientCheck(device, (a, b) => mul(a, square(b)), inputs);
  });
});
