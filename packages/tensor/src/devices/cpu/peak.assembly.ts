// Dense multiply-adds, for the peak that kernels are measured against.

/** x m + a, in one instruction where there is one: as the tiles of matrix products do it. */
// @ts-ignore: decorator
@inline
function link(x: v128, m: v128, a: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(x, m, a);
  return f32x4.add(f32x4.mul(x, m), a);
}

/**
 * values[4 thread …] = the sum of twelve chains x = x m + a of four lanes, `turns` links each: as many as the registers
 * of 128-bit SIMD hold beside m and a. They tend to 1, so that no number is subnormal or infinite.
 */
export function peakMultiplyAdd(values: usize, turns: i32, thread: i32, threads: i32): void {
  const m = f32x4.splat(0.999);
  const a = f32x4.splat(0.001);
  let x0 = f32x4.splat(<f32>threads);
  let x1 = f32x4.splat(0.1);
  let x2 = f32x4.splat(0.2);
  let x3 = f32x4.splat(0.3);
  let x4 = f32x4.splat(0.4);
  let x5 = f32x4.splat(0.5);
  let x6 = f32x4.splat(0.6);
  let x7 = f32x4.splat(0.7);
  let x8 = f32x4.splat(0.8);
  let x9 = f32x4.splat(0.9);
  let x10 = f32x4.splat(1.1);
  let x11 = f32x4.splat(1.2);
  for (let turn = 0; turn < turns; turn++) {
    x0 = link(x0, m, a);
    x1 = link(x1, m, a);
    x2 = link(x2, m, a);
    x3 = link(x3, m, a);
    x4 = link(x4, m, a);
    x5 = link(x5, m, a);
    x6 = link(x6, m, a);
    x7 = link(x7, m, a);
    x8 = link(x8, m, a);
    x9 = link(x9, m, a);
    x10 = link(x10, m, a);
    x11 = link(x11, m, a);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)), f32x4.add(x4, x5));
  const high = f32x4.add(f32x4.add(f32x4.add(x6, x7), f32x4.add(x8, x9)), f32x4.add(x10, x11));
  v128.store(values + (<usize>thread << 4), f32x4.add(low, high));
}
