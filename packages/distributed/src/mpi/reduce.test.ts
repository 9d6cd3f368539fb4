import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partsOf } from "./collectives.ts";
import { reduceInRankOrder } from "./reduce.ts";

describe("reduceInRankOrder", () => {
  it("adds in float64 in the order of the ranks, and rounds once", () => {
    const out = new Float32Array(1);
    reduceInRankOrder(Float32Array.of(2 ** 24, 1, 1), out, 1);
    // float32 alone would lose both ones.
    expect(out[0]).toBe(2 ** 24 + 2);
    const wide = new Float64Array(1);
    reduceInRankOrder(Float64Array.of(1, 2 ** 53, -(2 ** 53)), wide, 1);
    expect(wide[0]).toBe(0);
    reduceInRankOrder(Float64Array.of(2 ** 53, -(2 ** 53), 1), wide, 1);
    expect(wide[0]).toBe(1);
  });

  it("wraps int32 around", () => {
    const out = new Int32Array(1);
    reduceInRankOrder(Int32Array.of(2 ** 31 - 1, 1, 2 ** 31 - 1), out, 1);
    expect(out[0]).toBe((2 ** 31 - 1 + 1 + (2 ** 31 - 1)) | 0);
  });

  it("is what a plain loop gives, at any length", () => {
    const lengths = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 5 }), (length, ranks) => {
        const parts = Float32Array.from({ length: length * ranks }, (_, i) => Math.sin(i * i) * 10 ** (i % 5));
        const out = new Float32Array(length);
        return [1, ranks].every((divisor) => {
          reduceInRankOrder(parts, out, divisor);
          return out.every((value, i) => {
            let sum = 0;
            for (let rank = 0; rank < ranks; rank++) sum += parts[rank * length + i]!;
            return Object.is(value, Math.fround(sum / divisor));
          });
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe("partsOf", () => {
  it("covers every byte once, in parts that differ by one element at most", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 70 }), fc.constantFrom(4, 8), (length, ranks, bytes) => {
        const { counts, offsets } = partsOf(length, ranks, bytes);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(length * bytes);
        expect(offsets.every((offset, i) => offset === (i ? offsets[i - 1]! + counts[i - 1]! : 0))).toBe(true);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(bytes);
      }),
    );
  });
});
