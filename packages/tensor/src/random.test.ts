import { describe, expect, it } from "vitest";
import { ArgumentError } from "./errors.ts";
import { normal, type PhiloxWords, philox, philoxKey, randomBits, uniform } from "./random.ts";

const ones = 0xffffffff;

describe("philox", () => {
  // Known answers of Random123's kat_vectors, "philox4x32 10".
  const answers: [key: [number, number], counter: PhiloxWords, expected: number[]][] = [
    [
      [0, 0],
      [0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [ones, ones],
      [ones, ones, ones, ones],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0xa4093822, 0x299f31d0],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  it.each(answers)("answers as published for key %j and counter %j", (key, counter, expected) => {
    expect(philox(key, counter)).toEqual(expected);
  });
});

describe("randomBits", () => {
  it("takes element i from word i mod 4 of block i / 4", () => {
    const key = { seed: 2 ** 40 + 5, stream: 7, counter: 9 };
    const bits = randomBits(key, 11);
    const expected = Array.from(bits, (_, i) => philox([5, 2 ** 8], [Math.floor(i / 4), 0, 9, 7])[i % 4]);
    expect([...bits]).toEqual(expected);
  });

  it("gives a longer draw the same beginning", () => {
    const key = { seed: 1, stream: 2 };
    expect([...randomBits(key, 100).subarray(0, 13)]).toEqual([...randomBits(key, 13)]);
  });

  it("differs between seeds, streams and counters", () => {
    const keys = [
      { seed: 1, stream: 1 },
      { seed: 1 + 2 ** 32, stream: 1 },
      { seed: 1, stream: 2 },
      { seed: 1, stream: 1, counter: 1 },
    ];
    expect(new Set(keys.map((key) => randomBits(key, 4).join())).size).toBe(keys.length);
  });

  it("rejects what is out of range", () => {
    expect(() => philoxKey({ seed: -1, stream: 0 })).toThrow(ArgumentError);
    expect(() => philoxKey({ seed: 2 ** 53, stream: 0 })).toThrow("seed must be a whole number");
    expect(() => philoxKey({ seed: 0, stream: 2 ** 32 })).toThrow("stream must be a whole number");
    expect(() => philoxKey({ seed: 0, stream: 0, counter: 0.5 })).toThrow("counter must be a whole number");
    expect(() => randomBits({ seed: 0, stream: 0 }, -1)).toThrow("size must be a whole number");
  });
});

describe("uniform", () => {
  it("is the upper 24 bits as a fraction", () => {
    const key = { seed: 3, stream: 0 };
    const expected = Array.from(randomBits(key, 50), (bits) => Math.floor(bits / 256) / 2 ** 24);
    expect([...uniform(key, 50)]).toEqual(expected);
  });

  it("has the mean and the variance of its bounds", () => {
    const { mean, variance } = moments(uniform({ seed: 4, stream: 0 }, 100_000, -2, 4));
    expect(mean).toBeCloseTo(1, 1);
    expect(variance).toBeCloseTo(36 / 12, 1);
  });

  it("rejects bounds that are not a range", () => {
    expect(() => uniform({ seed: 0, stream: 0 }, 1, 2, 1)).toThrow("uniform needs finite bounds");
  });
});

describe("normal", () => {
  it("has the moments of a normal distribution", () => {
    const values = normal({ seed: 5, stream: 0 }, 100_000, 3, 2);
    const { mean, variance, kurtosis } = moments(values);
    expect(mean).toBeCloseTo(3, 1);
    expect(variance).toBeCloseTo(4, 1);
    expect(kurtosis).toBeCloseTo(3, 1);
  });

  it("gives a longer draw the same beginning", () => {
    const key = { seed: 6, stream: 0 };
    expect([...normal(key, 8).subarray(0, 5)]).toEqual([...normal(key, 5)]);
  });

  it("rejects a negative deviation", () => {
    expect(() => normal({ seed: 0, stream: 0 }, 1, 0, -1)).toThrow("deviation >= 0");
  });
});

function moments(values: Float32Array): { mean: number; variance: number; kurtosis: number } {
  const average = (f: (x: number) => number) => values.reduce((sum, x) => sum + f(x), 0) / values.length;
  const mean = average((x) => x);
  const variance = average((x) => (x - mean) ** 2);
  return { mean, variance, kurtosis: average((x) => (x - mean) ** 4) / variance ** 2 };
}
