import fc from "fast-check";
import { expect, it } from "vitest";
import { epochTicks, roundStep, valueScale } from "./chart-scale.ts";

it.each([
  [1, 1],
  [1.1, 2],
  [2.1, 5],
  [5.1, 10],
  [0.03, 0.05],
  [700, 1000],
])("rounds a step of %d up to %d", (least, step) => expect(roundStep(least)).toBeCloseTo(step, 12));

it("has all values between its ends, on few ticks", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((each) => Math.round(each * 1e3) / 1e3);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.boolean(), (values, zero) => {
      const { from, to, ticks } = valueScale(values, { zero });
      const slack = 1e-9 * Math.max(Math.abs(from), Math.abs(to));
      expect(from - slack).toBeLessThanOrEqual(Math.min(...values));
      expect(to + slack).toBeGreaterThanOrEqual(Math.max(...values));
      expect(to).toBeGreaterThan(from);
      if (zero) expect(from).toBeLessThanOrEqual(0);
      expect(ticks.length).toBeLessThanOrEqual(8);
    }),
  );
});

it("is from 0 to 1 where there is nothing", () => expect(valueScale([])).toEqual({ from: 0, to: 1, ticks: [0, 1] }));

it.each([
  [1, 1, [1]],
  [1, 5, [1, 2, 3, 4, 5]],
  [1, 12, [1, 4, 6, 8, 10, 12]],
  [1, 300, [1, 50, 100, 150, 200, 250, 300]],
])("counts epochs %i to %i in whole numbers", (first, last, ticks) => {
  expect(epochTicks(first, last, 8)).toEqual(ticks);
});
