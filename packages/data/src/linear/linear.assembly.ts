// Dense linear algebra for whitening. One thread; SIMD without fused multiply-add, so that every machine gives the
// same bits. Matrices are row-major; `at` addresses are bytes.

/** Rows or columns in a panel of f64, and of f32. */
const DOUBLES: i32 = 4;
const FLOATS: i32 = 8;
/** Rows of a matrix panel that stay in the nearest cache: 512 × 8 floats are 16 KiB. */
const DEPTH: i32 = 512;

/**
 * gram[i][j] += Σ_r x[r][i] · x[r][j] for j ≤ i (whole 4 × 4 tiles; what is above the diagonal is not all written).
 *
 * panels: panel p holds columns 4p … 4p + 3 of x, row by row: f64 [rows][4]. gram: f64 [4 · count, 4 · count].
 */
export function addGram(panels: usize, rows: i32, count: i32, gram: usize): void {
  const panelBytes: usize = <usize>rows << 5;
  const width: usize = <usize>count << 5;
  for (let i = 0; i < count; i++) {
    const left = panels + panelBytes * <usize>i;
    for (let j = 0; j <= i; j++) {
      addTile(left, panels + panelBytes * <usize>j, rows, gram + width * (<usize>i << 2) + (<usize>j << 5), width);
    }
  }
}

// @ts-ignore: decorator
@inline
function addPair(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), value));
}

function addTile(left: usize, right: usize, rows: i32, out: usize, width: usize): void {
  let a0 = f64x2.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  const end: usize = left + (<usize>rows << 5);
  for (; left < end; left += 32, right += 32) {
    const x0 = v128.load(right);
    const x1 = v128.load(right, 16);
    const a = v128.load64_splat(left);
    const b = v128.load64_splat(left, 8);
    const c = v128.load64_splat(left, 16);
    const d = v128.load64_splat(left, 24);
    a0 = f64x2.add(a0, f64x2.mul(a, x0));
    a1 = f64x2.add(a1, f64x2.mul(a, x1));
    b0 = f64x2.add(b0, f64x2.mul(b, x0));
    b1 = f64x2.add(b1, f64x2.mul(b, x1));
    c0 = f64x2.add(c0, f64x2.mul(c, x0));
    c1 = f64x2.add(c1, f64x2.mul(c, x1));
    d0 = f64x2.add(d0, f64x2.mul(d, x0));
    d1 = f64x2.add(d1, f64x2.mul(d, x1));
  }
  addPair(out, a0);
  addPair(out + 16, a1);
  addPair(out + width, b0);
  addPair(out + width + 16, b1);
  addPair(out + 2 * width, c0);
  addPair(out + 2 * width + 16, c1);
  addPair(out + 3 * width, d0);
  addPair(out + 3 * width + 16, d1);
}

/**
 * out[r][c] = Σ_k x[r][k] · m[k][c], in runs of 512 k that are summed in float32 one after the other.
 *
 * x: f32 [rows][depth], rows a multiple of 4. panels: panel p holds columns 8p … 8p + 7 of m: f32 [depth][8].
 * out: f32 [rows][8 · count].
 */
export function multiply(x: usize, panels: usize, out: usize, rows: i32, depth: i32, count: i32): void {
  const width: usize = <usize>count << 5;
  memory.fill(out, 0, width * <usize>rows);
  for (let p = 0; p < count; p++) {
    const panel = panels + ((<usize>depth * <usize>p) << 5);
    for (let k = 0; k < depth; k += DEPTH) {
      const run = min(DEPTH, depth - k);
      for (let r = 0; r < rows; r += 4) {
        const from = x + ((<usize>r * <usize>depth + <usize>k) << 2);
        multiplyTile(from, <usize>depth << 2, panel + (<usize>k << 5), run, out + width * <usize>r + (<usize>p << 5), width);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function addFloats(at: usize, value: v128): void {
  v128.store(at, f32x4.add(v128.load(at), value));
}

function multiplyTile(x: usize, stride: usize, panel: usize, run: i32, out: usize, width: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  const second: usize = stride;
  const third: usize = stride + stride;
  const fourth: usize = third + stride;
  const end: usize = panel + (<usize>run << 5);
  for (; panel < end; panel += 32, x += 4) {
    const m0 = v128.load(panel);
    const m1 = v128.load(panel, 16);
    const a = v128.load32_splat(x);
    const b = v128.load32_splat(x + second);
    const c = v128.load32_splat(x + third);
    const d = v128.load32_splat(x + fourth);
    a0 = f32x4.add(a0, f32x4.mul(a, m0));
    a1 = f32x4.add(a1, f32x4.mul(a, m1));
    b0 = f32x4.add(b0, f32x4.mul(b, m0));
    b1 = f32x4.add(b1, f32x4.mul(b, m1));
    c0 = f32x4.add(c0, f32x4.mul(c, m0));
    c1 = f32x4.add(c1, f32x4.mul(c, m1));
    d0 = f32x4.add(d0, f32x4.mul(d, m0));
    d1 = f32x4.add(d1, f32x4.mul(d, m1));
  }
  addFloats(out, a0);
  addFloats(out + 16, a1);
  addFloats(out + width, b0);
  addFloats(out + width + 16, b1);
  addFloats(out + 2 * width, c0);
  addFloats(out + 2 * width + 16, c1);
  addFloats(out + 3 * width, d0);
  addFloats(out + 3 * width + 16, d1);
}
