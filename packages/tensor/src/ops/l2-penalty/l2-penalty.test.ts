import { afterAll, describe, expect, it } from "vitest";
import { noGradient } from "../../autograd.ts";
import { ArgumentError, DTypeError } from "../../errors.ts";
import { gradients } from "../../gradients.ts";
import { scope, trackLeaks } from "../../scope.ts";
import { tensor } from "../../tensor.ts";
import { openTestDevices } from "../../testing/devices.ts";
import { sumOfSquares } from "../sum-of-squares/sum-of-squares.ts";
import { l2Penalty } from "./l2-penalty.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe.each(devices)("l2Penalty on $name", ({ device }) => {
  const weights = (...values: number[]) => {
    const result = tensor(values, [values.length], { device });
    result.requiresGradient = true;
    return result;
  };

  it("is lambda times the sum of squares of all, and its gradient 2 lambda w", async () => {
    const [a, b] = [weights(1, -2), weights(0.5)];
    const penalty = l2Penalty([a, b], 0.5);
    expect(await penalty.item()).toBe(0.5 * 5.25);
    const [da, db] = gradients(penalty, [a, b]);
    expect([...(await da!.data()), ...(await db!.data())]).toEqual([1, -2, 0.5]);
    for (const one of [a, b, penalty, da!, db!]) one.dispose();
  });

  it("leaves nothing behind outside of a scope", () => {
    const w = weights(1, 2);
    const leaks = trackLeaks();
    l2Penalty([w], 0.1).dispose();
    noGradient(() => l2Penalty([w], 0.1)).dispose();
    expect(leaks()).toEqual([]);
    w.dispose();
  });

  it("names what does not fit", () => {
    scope(() => {
      for (const lambda of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => l2Penalty([weights(1)], lambda)).toThrow(ArgumentError);
      }
      expect(() => l2Penalty([], 1)).toThrow("l2Penalty: expected at least one parameter");
      expect(() => sumOfSquares([])).toThrow(ArgumentError);
      expect(() => sumOfSquares([weights(1), tensor(new Int32Array(1), [1], { device })])).toThrow(DTypeError);
    });
  });
});
