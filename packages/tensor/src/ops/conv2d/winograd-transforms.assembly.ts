// The one-dimensional transforms of Winograd's convolution F(4×4, 3×3), on four channels at a time (Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2016). A transform in two dimensions is one along the columns, then one
// along the rows. Vectors are `stride` bytes apart.
//
// The points of interpolation are 0, ±√½, ±√2 and infinity. Lavin and Gray's 0, ±1, ±2 need fewer multiplications, but
// their rounding counts for more than twice as much, because their powers reach from 1 to 8 where these reach to 2.8.
//
//        1  0   -5/2  0    1  0          1       0      0           1  1     1     1    1    0
//        0 -√2  -2    √½   1  0        -2/3  -2/3 √½   -1/3         0  √½   -√½    √2  -√2   0
//   Bᵀ = 0  √2  -2   -√½   1  0    G = -2/3   2/3 √½   -1/3    Aᵀ = 0  1/2   1/2   2    2    0
//        0 -√½  -1/2  √2   1  0         1/6   √2/6      1/3         0  √2/4 -√2/4  2√2 -2√2  1
//        0  √½  -1/2 -√2   1  0         1/6  -√2/6      1/3
//        0  1    0   -5/2  0  1          0       0      1

const root2: f32 = 1.4142135623730951;
const rootHalf: f32 = 0.7071067811865476;

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
  v128.store(t0, f32x4.add(madd(-2.5, d2, d0), d4));
  const evenNear = madd(-2, d2, d4);
  const oddNear = madd(-2, d1, d3);
  v128.store(t1, madd(rootHalf, oddNear, evenNear));
  v128.store(t2, madd(-rootHalf, oddNear, evenNear));
  const evenFar = madd(-0.5, d2, d4);
  const oddFar = madd(-0.5, d1, d3);
  v128.store(t3, madd(root2, oddFar, evenFar));
  v128.store(t4, madd(-root2, oddFar, evenFar));
  v128.store(t5, f32x4.add(madd(-2.5, d3, d1), d5));
}

/** Stores G g: three values of a filter to six. */
// @ts-ignore: decorator
@inline
export function storeFilterTransform(g0: v128, g1: v128, g2: v128, target: usize, stride: usize): void {
  v128.store(target, g0);
  const near = f32x4.mul(f32x4.splat(-2.0 / 3.0), madd(0.5, g2, g0));
  v128.store(target + stride, madd(-2.0 / 3.0 * rootHalf, g1, near));
  v128.store(target + 2 * stride, madd(2.0 / 3.0 * rootHalf, g1, near));
  const far = f32x4.mul(f32x4.splat(1.0 / 6.0), madd(2, g2, g0));
  v128.store(target + 3 * stride, madd(root2 / 6.0, g1, far));
  v128.store(target + 4 * stride, madd(-root2 / 6.0, g1, far));
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
  v128.store(target + stride, f32x4.mul(f32x4.splat(rootHalf), madd(2, differenceFar, differenceNear)));
  v128.store(target + 2 * stride, madd(2, sumFar, f32x4.mul(f32x4.splat(0.5), sumNear)));
  v128.store(target + 3 * stride, madd(root2 / 4.0, madd(8, differenceFar, differenceNear), m5));
}

/** Stores A y: four values of a result's gradient to six, the transpose of {@link storeOutputTransform}. */
// @ts-ignore: decorator
@inline
export function storeOutputAdjoint(y0: v128, y1: v128, y2: v128, y3: v128, target: usize, stride: usize): void {
  v128.store(target, y0);
  const evenNear = madd(0.5, y2, y0);
  const oddNear = madd(0.5, y3, y1);
  v128.store(target + stride, madd(rootHalf, oddNear, evenNear));
  v128.store(target + 2 * stride, madd(-rootHalf, oddNear, evenNear));
  const evenFar = madd(2, y2, y0);
  const oddFar = madd(2, y3, y1);
  v128.store(target + 3 * stride, madd(root2, oddFar, evenFar));
  v128.store(target + 4 * stride, madd(-root2, oddFar, evenFar));
  v128.store(target + 5 * stride, y3);
}

/** Stores Gᵀ u: six values of a transformed filter's gradient to three, the transpose of {@link storeFilterTransform}. */
// @ts-ignore: decorator
@inline
export function storeFilterAdjoint(source: usize, sourceStride: usize, target: usize, stride: usize): void {
  const u0 = v128.load(source);
  const u1 = v128.load(source + sourceStride);
  const u2 = v128.load(source + 2 * sourceStride);
  const u3 = v128.load(source + 3 * sourceStride);
  const u4 = v128.load(source + 4 * sourceStride);
  const u5 = v128.load(source + 5 * sourceStride);
  const sumNear = f32x4.add(u1, u2);
  const sumFar = f32x4.add(u3, u4);
  v128.store(target, madd(1.0 / 6.0, sumFar, madd(-2.0 / 3.0, sumNear, u0)));
  const differenceNear = f32x4.mul(f32x4.splat(-2.0 / 3.0 * rootHalf), f32x4.sub(u1, u2));
  v128.store(target + stride, madd(root2 / 6.0, f32x4.sub(u3, u4), differenceNear));
  v128.store(target + 2 * stride, madd(1.0 / 3.0, f32x4.sub(sumFar, sumNear), u5));
}
