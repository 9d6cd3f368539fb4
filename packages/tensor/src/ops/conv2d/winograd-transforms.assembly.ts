// The one-dimensional transforms of Winograd's convolution F(4×4, 3×3), on four channels at a time: Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2016, section 4.2, whose matrices Bᵀ, G and Aᵀ these are. A transform in
// two dimensions is one along the columns, then one along the rows. Vectors are `stride` bytes apart.

// @ts-ignore: decorator
@inline
function madd(a: f32, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(f32x4.splat(a), b, c);
  return f32x4.add(f32x4.mul(f32x4.splat(a), b), c);
}

/** Stores Bᵀ d: six values of an image to six. */
// @ts-ignore: decorator
@inline
export function storeInputTransform(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128,
  t0: usize, t1: usize, t2: usize, t3: usize, t4: usize, t5: usize,
): void {
  v128.store(t0, madd(4, d0, madd(-5, d2, d4)));
  const even = madd(-4, d2, d4);
  const odd = madd(-4, d1, d3);
  v128.store(t1, f32x4.add(even, odd));
  v128.store(t2, f32x4.sub(even, odd));
  const near = f32x4.sub(d4, d2);
  const far = f32x4.sub(d3, d1);
  v128.store(t3, madd(2, far, near));
  v128.store(t4, madd(-2, far, near));
  v128.store(t5, madd(4, d1, madd(-5, d3, d5)));
}

/** Stores G g: three values of a filter to six. */
// @ts-ignore: decorator
@inline
export function storeFilterTransform(g0: v128, g1: v128, g2: v128, target: usize, stride: usize): void {
  v128.store(target, f32x4.mul(f32x4.splat(0.25), g0));
  const outer = f32x4.add(g0, g2);
  const sixth = f32x4.splat(-1.0 / 6.0);
  v128.store(target + stride, f32x4.mul(sixth, f32x4.add(outer, g1)));
  v128.store(target + 2 * stride, f32x4.mul(sixth, f32x4.sub(outer, g1)));
  const sum = madd(1.0 / 24.0, g0, f32x4.mul(f32x4.splat(1.0 / 6.0), g2));
  v128.store(target + 3 * stride, madd(1.0 / 12.0, g1, sum));
  v128.store(target + 4 * stride, madd(-1.0 / 12.0, g1, sum));
  v128.store(target + 5 * stride, g2);
}

/** Stores Aᵀ m: six products to four values of the result. */
// @ts-ignore: decorator
@inline
export function storeOutputTransform(source: usize, sourceStride: usize, target: usize, stride: usize): void {
  const m0 = v128.load(source);
  const m1 = v128.load(source + sourceStride);
  const m2 = v128.load(source + 2 * sourceStride);
  const m3 = v128.load(source + 3 * sourceStride);
  const m4 = v128.load(source + 4 * sourceStride);
  const m5 = v128.load(source + 5 * sourceStride);
  const sumNear = f32x4.add(m1, m2);
  const differenceNear = f32x4.sub(m1, m2);
  const sumFar = f32x4.add(m3, m4);
  const differenceFar = f32x4.sub(m3, m4);
  v128.store(target, f32x4.add(m0, f32x4.add(sumNear, sumFar)));
  v128.store(target + stride, madd(2, differenceFar, differenceNear));
  v128.store(target + 2 * stride, madd(4, sumFar, sumNear));
  v128.store(target + 3 * stride, f32x4.add(madd(8, differenceFar, differenceNear), m5));
}
