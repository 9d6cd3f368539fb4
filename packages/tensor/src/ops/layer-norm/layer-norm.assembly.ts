// Layer normalisation: every row with its own mean and variance. `saved` holds each row's mean and 1 / deviation.
import { shareStart } from "../parallel.assembly";
import { laneMask, storePart, sumLanes } from "../reduce/lanes.assembly";

/**
 * y = (x − mean) / √(variance + epsilon) · scale + offset. From sums of d = x − middle and of d², `middle` being the
 * mean but for rounding: the mean and Σd² − (Σd)² / size (the corrected two-pass algorithm of Chan, Golub and LeVeque,
 * "Algorithms for computing the sample variance", 1983).
 */
export function layerNorm(
  x: usize, scale: usize, offset: usize, y: usize, saved: usize, rows: i32, size: i32, epsilon: f32,
  thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const start = <usize>(<u32>(row * size)) << 2;
    const from = x + start;
    let sum = f32x4.splat(0);
    for (let k = 0; k < size; k += 4) {
      sum = f32x4.add(sum, v128.and(v128.load(from + (<usize>k << 2)), laneMask(size - k)));
    }
    const middle = f32x4.splat(sumLanes(sum) / <f32>size);
    sum = f32x4.splat(0);
    let squares = sum;
    for (let k = 0; k < size; k += 4) {
      const d = v128.and(f32x4.sub(v128.load(from + (<usize>k << 2)), middle), laneMask(size - k));
      sum = f32x4.add(sum, d);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    const total = sumLanes(sum);
    const drift = total / <f32>size;
    const mean = f32x4.extract_lane(middle, 0) + drift;
    const variance = max<f32>(0, sumLanes(squares) - total * drift) / <f32>size;
    const inverse = <f32>1 / Mathf.sqrt(variance + epsilon);
    for (let k = 0; k < size; k += 4) {
      const at = <usize>k << 2;
      const normalized = f32x4.mul(f32x4.sub(v128.load(from + at), f32x4.splat(mean)), f32x4.splat(inverse));
      const scaled = f32x4.mul(normalized, v128.load(scale + at));
      storePart(y + start + at, f32x4.add(scaled, v128.load(offset + at)), size - k);
    }
    store<f32>(saved + (<usize>row << 3), mean);
    store<f32>(saved + (<usize>row << 3), inverse, 4);
  }
}

/** With n = (x − mean) / deviation, g = dy scale: dx = (g − mean of g − n (mean of g n)) / deviation; products = dy n. */
export function layerNormGradient(
  dy: usize, x: usize, scale: usize, saved: usize, dx: usize, products: usize, rows: i32, size: i32,
  thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const start = <usize>(<u32>(row * size)) << 2;
    const mean = f32x4.splat(load<f32>(saved + (<usize>row << 3)));
    const inverse = f32x4.splat(load<f32>(saved + (<usize>row << 3), 4));
    let sum = f32x4.splat(0);
    let productSum = sum;
    for (let k = 0; k < size; k += 4) {
      const at = start + (<usize>k << 2);
      const normalized = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
      const g = f32x4.mul(v128.load(dy + at), v128.load(scale + (<usize>k << 2)));
      const mask = laneMask(size - k);
      sum = f32x4.add(sum, v128.and(g, mask));
      productSum = f32x4.add(productSum, v128.and(f32x4.mul(g, normalized), mask));
    }
    const average = f32x4.splat(sumLanes(sum) / <f32>size);
    const slope = f32x4.splat(sumLanes(productSum) / <f32>size);
    for (let k = 0; k < size; k += 4) {
      const at = start + (<usize>k << 2);
      const normalized = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
      const g = v128.load(dy + at);
      const centred = f32x4.sub(f32x4.mul(g, v128.load(scale + (<usize>k << 2))), average);
      storePart(dx + at, f32x4.mul(f32x4.sub(centred, f32x4.mul(normalized, slope)), inverse), size - k);
      storePart(products + at, f32x4.mul(g, normalized), size - k);
    }
  }
}
