import { describe, expect, it } from "vitest";
import type { OpCase } from "./case.ts";
import { checkSameBits } from "./check-case.ts";
import { checkOracle } from "./check-oracle.ts";
import { checkClose, MismatchError } from "./compare.ts";
import { drawInputs } from "./inputs.ts";
import { mapArray, ndArray } from "./nd-array.ts";

const cube: OpCase = {
  name: "cube",
  inputs: [{ shape: [3, 5] }],
  run: () => {
    throw new Error("no device here");
  },
  reference: (x) => mapArray(x, (value) => value ** 3),
  referenceGradient: ([dy], x) => [mapArray(x, (value, i) => 3 * value ** 2 * dy.data[i]!)],
};

describe("checkOracle", () => {
  it("takes a gradient that agrees with finite differences", () => {
    expect(checkOracle(cube)).toBe(true);
  });

  it("throws where one element's gradient is wrong", () => {
    const wrong: OpCase = {
      ...cube,
      referenceGradient: ([dy], x) => [mapArray(x, (value, i) => (i === 7 ? 3.001 : 3) * value ** 2 * dy.data[i]!)],
    };
    expect(() => checkOracle(wrong)).toThrow(MismatchError);
  });

  it("throws where a gradient is missing", () => {
    expect(() => checkOracle({ ...cube, referenceGradient: () => [null] })).toThrow(MismatchError);
  });

  it("has nothing to say where there is no derivative", () => {
    expect(checkOracle({ ...cube, notSmooth: "for the test" })).toBe(false);
  });
});

describe("checkClose", () => {
  const expected = ndArray([2, 3], (i) => i);

  it("measures by the greatest magnitude, or by each element's own", () => {
    const actual = [0, 1.004, 2, 3, 4, 5];
    expect(() => checkClose(actual, expected, { what: "x", tolerance: 1e-3 })).not.toThrow();
    expect(() => checkClose(actual, expected, { what: "x", tolerance: 1e-3, perElement: true })).toThrow(MismatchError);
  });

  it("names the worst element, what was expected and what came", () => {
    const actual = [0, 1, 2, 3.5, 7, 5];
    expect(() => checkClose(actual, expected, { what: "add: output 0", tolerance: 1e-3 })).toThrowError(
      "add: output 0 at [1, 1]: expected 4, got 7 (difference 3.00e+0 > 1.0e-3 × 5.00)",
    );
  });

  it("takes no NaN, no missing values and no infinity that is not expected", () => {
    const [none, all] = [ndArray([1], () => Number.NaN), ndArray([1], () => Number.POSITIVE_INFINITY)];
    expect(() => checkClose([Number.NaN], ndArray([1]), { what: "x", tolerance: 1 })).toThrow(MismatchError);
    expect(() => checkClose([0], none, { what: "x", tolerance: 1 })).toThrow(MismatchError);
    expect(() => checkClose([1], all, { what: "x", tolerance: 1 })).toThrow(MismatchError);
    expect(() => checkClose([Number.POSITIVE_INFINITY], all, { what: "x", tolerance: 0 })).not.toThrow();
    const mixed = ndArray([2], (i) => (i === 0 ? Number.NEGATIVE_INFINITY : 1));
    expect(() => checkClose([Number.NEGATIVE_INFINITY, 2], mixed, { what: "x", tolerance: 0.5 })).toThrow("at [1]");
    expect(() => checkClose([], ndArray([1]), { what: "x", tolerance: 1 })).toThrow("expected 1 values [1], got 0");
  });
});

describe("checkSameBits", () => {
  it("tells results apart that differ in one bit, or in which gradients there are", () => {
    const result = { outputs: [Float32Array.of(1, 2)], gradients: [Float32Array.of(3)] };
    const other = { outputs: [Float32Array.of(1, 2)], gradients: [Float32Array.of(Math.fround(3 + 2 ** -22))] };
    expect(() => checkSameBits("add", result, result)).not.toThrow();
    expect(() => checkSameBits("add", result, other)).toThrow("add: gradient of input 0 differs");
    expect(() => checkSameBits("add", result, { ...result, gradients: [null] })).toThrow("gradient of input 0");
  });
});

describe("drawInputs", () => {
  it("keeps away from kinks, and draws what float32 has", () => {
    const [x] = drawInputs("kink", [{ shape: [1000], low: -0.2, high: 0.2, awayFrom: 0 }]);
    expect(Math.min(...x!.data.map(Math.abs))).toBeGreaterThan(0.0499);
    expect([...x!.data]).toEqual([...Float32Array.from(x!.data)]);
  });

  it("draws distinct values, ties, and integers below their bound", () => {
    const [distinct, ties, integers] = drawInputs("choice", [
      { shape: [500], distinct: true },
      { shape: [50], low: -2, high: 2, multipleOf: 1 },
      { shape: [500], dtype: "int32", high: 7 },
    ]);
    expect(new Set(distinct!.data).size).toBe(500);
    expect(new Set(ties!.data.map((value) => value + 0)).size).toBe(5);
    expect([...new Set(integers!.data)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
