import { expect, it } from "vitest";
import { bfloat16ToFloat, floatToHalf, halfToFloat } from "./half.ts";

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** What the bits of a half mean, by IEEE 754. */
function meaning(half: number): number {
  const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

it("reads every half, and writes each back with the same bits", () => {
  const floats = halfToFloat(all);
  expect(Array.from(floats)).toEqual(Array.from(all, meaning));
  expect(floatToHalf(floats)).toEqual(all);
});

it("rounds to the nearest, of two as near to the even one, on both sides of every middle", () => {
  // Infinity stands where 2¹⁶ would: what is nearer to that becomes infinite.
  const values = Array.from({ length: 0x7c01 }, (_, half) => (half === 0x7c00 ? 65536 : meaning(half)));
  for (const sign of [1, -1]) {
    const wrong: number[] = [];
    for (let half = 0; half < 0x7c00; half++) {
      const middle = Float32Array.of((sign * (values[half]! + values[half + 1]!)) / 2);
      const bits = new Uint32Array(middle.buffer);
      const around = new Uint32Array([bits[0]! - 1, bits[0]!, bits[0]! + 1]);
      const expected = [half, half + (half & 1), half + 1].map((each) => each | (sign < 0 ? 0x8000 : 0));
      const found = floatToHalf(new Float32Array(around.buffer));
      if (expected.some((each, i) => each !== found[i])) wrong.push(half);
    }
    expect(wrong).toEqual([]);
  }
});

it("keeps NaN, zeros and what is too small", () => {
  const values = Float32Array.of(Number.NaN, 0, -0, 2 ** -26, -(2 ** -149), 3e38);
  const found = floatToHalf(values);
  expect(halfToFloat(found)).toEqual(Float32Array.of(Number.NaN, 0, -0, 0, -0, Number.POSITIVE_INFINITY));
  // A NaN whose bits a half has no room for.
  expect(floatToHalf(new Float32Array(Uint32Array.of(0x7f800001).buffer))).toEqual(Uint16Array.of(0x7e00));
});

it("reads every bfloat16", () => {
  const bits = new Uint32Array(bfloat16ToFloat(all).buffer);
  expect(bits).toEqual(Uint32Array.from(all, (value) => value * 65536));
});
