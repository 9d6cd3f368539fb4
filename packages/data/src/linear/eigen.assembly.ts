// Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder reduction to tridiagonal form, then
// implicit QL with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 8.3). All loops run along rows.
//
// Every matrix is f64 [n][n]; `d` and `e` are f64 [n]. In the order of the calls: reduce, accumulate (both step by
// step, so that a caller can show progress), transpose, then eigenvalue for each of n.

// @ts-ignore: decorator
@inline
function get(at: usize, i: i32): f64 {
  return load<f64>(at + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
function set(at: usize, i: i32, value: f64): void {
  store<f64>(at + (<usize>i << 3), value);
}

/** y += factor · x over `length` elements. */
function addScaled(y: usize, x: usize, factor: f64, length: i32): void {
  const scale = f64x2.splat(factor);
  let i = 0;
  for (; i + 2 <= length; i += 2) {
    const at = <usize>i << 3;
    v128.store(y + at, f64x2.add(v128.load(y + at), f64x2.mul(scale, v128.load(x + at))));
  }
  if (i < length) set(y, i, get(y, i) + factor * get(x, i));
}

/** y += factor · x, and the sum of x · z, in one pass over x. */
function addScaledAndDot(y: usize, x: usize, z: usize, factor: f64, length: i32): f64 {
  const scale = f64x2.splat(factor);
  let sum = f64x2.splat(0);
  let i = 0;
  for (; i + 2 <= length; i += 2) {
    const at = <usize>i << 3;
    const value = v128.load(x + at);
    v128.store(y + at, f64x2.add(v128.load(y + at), f64x2.mul(scale, value)));
    sum = f64x2.add(sum, f64x2.mul(value, v128.load(z + at)));
  }
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  if (i < length) {
    set(y, i, get(y, i) + factor * get(x, i));
    total += get(x, i) * get(z, i);
  }
  return total;
}

/** row −= u · q + p · v over `length` elements. */
function subtractTwo(row: usize, q: usize, v: usize, u: f64, p: f64, length: i32): void {
  const us = f64x2.splat(u);
  const ps = f64x2.splat(p);
  let i = 0;
  for (; i + 2 <= length; i += 2) {
    const at = <usize>i << 3;
    const change = f64x2.add(f64x2.mul(us, v128.load(q + at)), f64x2.mul(ps, v128.load(v + at)));
    v128.store(row + at, f64x2.sub(v128.load(row + at), change));
  }
  if (i < length) set(row, i, get(row, i) - (u * get(q, i) + p * get(v, i)));
}

/**
 * Step i = n − 1 … 1 of the reduction, on the lower triangle: a reflection of the leading i elements of row i onto
 * their last. Leaves its vector in row i, half of its squared length in d[i], the element off the diagonal in e[i].
 *
 * work: f64 [n].
 */
export function reduce(a: usize, n: i32, i: i32, d: usize, e: usize, work: usize): void {
  const rowBytes: usize = <usize>n << 3;
  const u = a + rowBytes * <usize>i;
  let scale: f64 = 0;
  for (let k = 0; k < i; k++) scale = max(scale, abs(get(u, k)));
  const last = get(u, i - 1);
  if (i == 1 || scale == 0) {
    set(e, i, last);
    set(d, i, 0);
    return;
  }
  let square: f64 = 0;
  for (let k = 0; k < i; k++) square += (get(u, k) / scale) * (get(u, k) / scale);
  const length = scale * sqrt(square);
  const target: f64 = last >= 0 ? -length : length;
  const half = length * length - last * target;
  set(e, i, target);
  set(d, i, half);
  set(u, i - 1, last - target);
  // work = A u, from the lower triangle alone: a row is a row and a column at once.
  memory.fill(work, 0, <usize>i << 3);
  for (let j = 0; j < i; j++) {
    const row = a + rowBytes * <usize>j;
    const dot = addScaledAndDot(work, row, u, get(u, j), j);
    set(work, j, get(work, j) + dot + get(row, j) * get(u, j));
  }
  let overlap: f64 = 0;
  for (let k = 0; k < i; k++) {
    set(work, k, get(work, k) / half);
    overlap += get(work, k) * get(u, k);
  }
  addScaled(work, u, -overlap / (2 * half), i);
  for (let j = 0; j < i; j++) subtractTwo(a + rowBytes * <usize>j, work, u, get(u, j), get(work, j), j + 1);
}

/**
 * Step i = 0 … n − 1 of the product of the reflections, in their place: after it the leading i + 1 rows and columns hold
 * it. Moves the diagonal into d.
 */
export function accumulate(a: usize, n: i32, i: i32, d: usize, work: usize): void {
  const rowBytes: usize = <usize>n << 3;
  const u = a + rowBytes * <usize>i;
  const half = get(d, i);
  if (half != 0) {
    memory.fill(work, 0, <usize>i << 3);
    for (let k = 0; k < i; k++) addScaled(work, a + rowBytes * <usize>k, get(u, k), i);
    for (let k = 0; k < i; k++) addScaled(a + rowBytes * <usize>k, work, -get(u, k) / half, i);
  }
  set(d, i, get(u, i));
  memory.fill(u, 0, <usize>i << 3);
  set(u, i, 1);
  for (let k = 0; k < i; k++) set(a + rowBytes * <usize>k, i, 0);
}

/** Columns become rows. */
export function transpose(a: usize, n: i32): void {
  const rowBytes: usize = <usize>n << 3;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const lower = a + rowBytes * <usize>i + (<usize>j << 3);
      const upper = a + rowBytes * <usize>j + (<usize>i << 3);
      const kept = load<f64>(lower);
      store<f64>(lower, load<f64>(upper));
      store<f64>(upper, kept);
    }
  }
}

/** (x, y) ← (c x − s y, s x + c y) for two rows. */
function rotate(x: usize, y: usize, c: f64, s: f64, n: i32): void {
  const cs = f64x2.splat(c);
  const ss = f64x2.splat(s);
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    const at = <usize>i << 3;
    const left = v128.load(x + at);
    const right = v128.load(y + at);
    v128.store(x + at, f64x2.sub(f64x2.mul(cs, left), f64x2.mul(ss, right)));
    v128.store(y + at, f64x2.add(f64x2.mul(ss, left), f64x2.mul(cs, right)));
  }
  if (i < n) {
    const left = get(x, i);
    const right = get(y, i);
    set(x, i, c * left - s * right);
    set(y, i, s * left + c * right);
  }
}

// @ts-ignore: decorator
@inline
function hypotenuse(x: f64, y: f64): f64 {
  const a = abs(x), b = abs(y);
  const big = max(a, b), small = min(a, b);
  if (big == 0) return 0;
  const ratio = small / big;
  return big * sqrt(1 + ratio * ratio);
}

/**
 * Iterates until d[l] is an eigenvalue and row l of `vectors` its eigenvector; for l = 0 … n − 1 in turn. `e` holds the
 * elements off the diagonal, e[i] between i and i + 1. Returns the iterations it took, −1 past 60.
 */
export function eigenvalue(vectors: usize, n: i32, l: i32, d: usize, e: usize): i32 {
  for (let iteration = 0; iteration < 60; iteration++) {
    let m = l;
    for (; m < n - 1; m++) {
      const size = abs(get(d, m)) + abs(get(d, m + 1));
      if (abs(get(e, m)) <= 2.220446049250313e-16 * size) break;
    }
    if (m == l) return iteration;
    sweep(vectors, n, l, m, d, e);
  }
  return -1;
}

/** One implicit QL sweep over rows l … m. */
function sweep(vectors: usize, n: i32, l: i32, m: i32, d: usize, e: usize): void {
  const rowBytes: usize = <usize>n << 3;
  let g = (get(d, l + 1) - get(d, l)) / (2 * get(e, l));
  const r = hypotenuse(g, 1);
  g = get(d, m) - get(d, l) + get(e, l) / (g + (g >= 0 ? r : -r));
  let s: f64 = 1;
  let c: f64 = 1;
  let p: f64 = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * get(e, i);
    const b = c * get(e, i);
    const length = hypotenuse(f, g);
    set(e, i + 1, length);
    if (length == 0) {
      // The matrix has come apart here.
      set(d, i + 1, get(d, i + 1) - p);
      set(e, m, 0);
      return;
    }
    s = f / length;
    c = g / length;
    g = get(d, i + 1) - p;
    const t = (get(d, i) - g) * s + 2 * c * b;
    p = s * t;
    set(d, i + 1, g + p);
    g = c * t - b;
    rotate(vectors + rowBytes * <usize>i, vectors + rowBytes * <usize>(i + 1), c, s, n);
  }
  set(d, l, get(d, l) - p);
  set(e, l, g);
  set(e, m, 0);
}
