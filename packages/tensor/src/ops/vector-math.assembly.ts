// Functions of four float32 lanes at once. Polynomials and range reductions of exp4, log4 and
// tanh4 after Cephes (Moshier), single precision; those of logOnePlus4 and normalDistribution4 are fitted for the least relative error.

/** a b + c, in one rounding where there is an instruction for it. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** eˣ to about 1 ulp; 0 below -87.34, infinity above 88.73. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const clamped = f32x4.max(f32x4.min(x, f32x4.splat(88.72283)), f32x4.splat(-87.33654));
  // x = n ln 2 + r, |r| <= ln 2 / 2; ln 2 is split so that n ln2High is exact.
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504)));
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  // 2ⁿ in two factors, because n = 128 has no float32 of its own.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(whole, half), i32x4.splat(127)), 23);
  let y = f32x4.mul(f32x4.mul(p, first), second);
  y = v128.bitselect(f32x4.splat(Infinity), y, f32x4.gt(x, f32x4.splat(88.72283)));
  y = v128.bitselect(f32x4.splat(0), y, f32x4.lt(x, f32x4.splat(-87.33654)));
  return v128.bitselect(x, y, f32x4.ne(x, x));
}

/** Natural logarithm to about 1 ulp; -infinity at 0, NaN below. Subnormal numbers count as 0. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // x = m 2ᵉ with m in [sqrt(1/2), sqrt(2)).
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(m, f32x4.splat(1));
  const square = f32x4.mul(f, f);
  let p = f32x4.splat(7.0376836292e-2);
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-1.1514610310e-1));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(1.1676998740e-1));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-1.2420140846e-1));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(1.4249322787e-1));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-1.6668057665e-1));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(2.0000714765e-1));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-2.4999993993e-1));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, f), square);
  y = f32x4.sub(y, f32x4.mul(e, f32x4.splat(2.12194440e-4)));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  y = f32x4.add(f32x4.add(y, f), f32x4.mul(e, f32x4.splat(0.693359375)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.lt(x, f32x4.splat(1.17549435e-38)));
  y = v128.bitselect(f32x4.splat(NaN), y, f32x4.lt(x, f32x4.splat(0)));
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
  return v128.bitselect(x, y, f32x4.ne(x, x));
}

/** 1 / (1 + e⁻ˣ) to a few ulp at either end, made from e^-|x|, which does not overflow. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  const t = exp4(f32x4.neg(f32x4.abs(x)));
  return f32x4.div(v128.bitselect(t, one, f32x4.lt(x, f32x4.splat(0))), f32x4.add(one, t));
}

/** Hyperbolic tangent to a few ulp. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const square = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, square), x), x);
  // From 10 on the result is 1.
  const e = exp4(f32x4.min(f32x4.add(magnitude, magnitude), f32x4.splat(20)));
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
  const signed = v128.bitselect(x, far, i32x4.splat(0x80000000));
  return v128.bitselect(near, signed, f32x4.lt(magnitude, f32x4.splat(0.625)));
}

/** ln(1 + t) for t in [0, 1], to a few ulp also where t is small: 2 artanh(s), s = t / (2 + t). */
// @ts-ignore: decorator
@inline
export function logOnePlus4(t: v128): v128 {
  const s = f32x4.div(t, f32x4.add(f32x4.splat(2), t));
  const square = f32x4.mul(s, s);
  let p = f32x4.splat(0.281783334);
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(0.279606029));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(0.400249103));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(0.666663147));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(2));
  return f32x4.mul(p, s);
}

/** e^(−x²/2) */
// @ts-ignore: decorator
@inline
function bell4(x: v128): v128 {
  return exp4(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/** Density of the standard normal distribution: e^(−x²/2) / √(2π). */
// @ts-ignore: decorator
@inline
export function normalDensity4(x: v128): v128 {
  return f32x4.mul(bell4(x), f32x4.splat(0.39894228));
}

/**
 * Φ(x) = (1 + erf(x / √2)) / 2, the standard normal distribution. The tail beyond |x| is e^(−x²/2) times a polynomial in
 * t = 1 / (1 + 0.35 |x|), right to 2e-7 of its own size but for the exponential's error, so that nothing cancels below 0.
 */
// @ts-ignore: decorator
@inline
export function normalDistribution4(x: v128): v128 {
  const one = f32x4.splat(1);
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.abs(x), f32x4.splat(0.35))));
  let p = f32x4.splat(-0.0291459276);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.143971684));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.255714226));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.159174128));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.0231098133));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.105507995));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.119832870));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.139861869));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.139621404));
  const tail = f32x4.mul(f32x4.mul(p, t), bell4(x));
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}
