// Batch normalisation over all axes but the last: statistics of the batch, then y = (x - mean) factor + offset.
import { shareStart } from "../parallel.assembly";
import { multiplyAdd } from "../vector-math.assembly";
import { block, chunkRows, chunksOf, fillTable, foldOf, offsetOf } from "./folding.assembly";

/** Mean and squared deviations of every chunk: `partials` is [chunks, 2, wide]. */
export function batchNormStatistics(
  x: usize, partials: usize, rows: i32, channels: i32, thread: i32, threads: i32,
): void {
  const fold = foldOf(channels);
  const wide = fold * channels;
  const wideRows = rows / fold;
  const blocks = (wide + block - 1) / block;
  const pieces = chunksOf(wideRows) * blocks;
  const end = shareStart(pieces, 1, thread + 1, threads);
  for (let piece = shareStart(pieces, 1, thread, threads); piece < end; piece++) {
    const chunk = piece / blocks;
    const column = (piece - chunk * blocks) * block;
    const count = min(chunkRows, wideRows - chunk * chunkRows);
    const source = x + offsetOf(chunk * chunkRows, wide, column);
    const target = partials + offsetOf(2 * chunk, wide, column);
    const stride = <usize>wide << 2;
    if (wide - column >= block) statistics16(source, target, stride, count);
    else {
      const width = <usize>(wide - column) << 2;
      for (let at: usize = 0; at < width; at += 16) statistics4(source + at, target + at, stride, count);
    }
  }
}

/**
 * From sums of d = x - middle and of d², `middle` being the mean but for rounding: the mean and Σd² - (Σd)² / rows (the
 * corrected two-pass algorithm of Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983).
 */
// @ts-ignore: decorator
@inline
function finish(target: usize, stride: usize, middle: v128, sum: v128, squares: v128, rows: i32): void {
  const drift = f32x4.div(sum, f32x4.splat(<f32>rows));
  v128.store(target, f32x4.add(middle, drift));
  v128.store(target + stride, f32x4.max(f32x4.splat(0), f32x4.sub(squares, f32x4.mul(sum, drift))));
}

/** Sixteen channels of a chunk, which is small enough to be in the cache when it is read again. */
function statistics16(x: usize, target: usize, stride: usize, rows: i32): void {
  const end = x + stride * <usize>rows;
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (let at = x; at < end; at += stride) {
    sum0 = f32x4.add(sum0, v128.load(at));
    sum1 = f32x4.add(sum1, v128.load(at, 16));
    sum2 = f32x4.add(sum2, v128.load(at, 32));
    sum3 = f32x4.add(sum3, v128.load(at, 48));
  }
  const count = f32x4.splat(<f32>rows);
  const middle0 = f32x4.div(sum0, count);
  const middle1 = f32x4.div(sum1, count);
  const middle2 = f32x4.div(sum2, count);
  const middle3 = f32x4.div(sum3, count);
  sum0 = sum1 = sum2 = sum3 = f32x4.splat(0);
  let squares0 = sum0, squares1 = sum0, squares2 = sum0, squares3 = sum0;
  for (let at = x; at < end; at += stride) {
    const d0 = f32x4.sub(v128.load(at), middle0);
    sum0 = f32x4.add(sum0, d0);
    squares0 = multiplyAdd(d0, d0, squares0);
    const d1 = f32x4.sub(v128.load(at, 16), middle1);
    sum1 = f32x4.add(sum1, d1);
    squares1 = multiplyAdd(d1, d1, squares1);
    const d2 = f32x4.sub(v128.load(at, 32), middle2);
    sum2 = f32x4.add(sum2, d2);
    squares2 = multiplyAdd(d2, d2, squares2);
    const d3 = f32x4.sub(v128.load(at, 48), middle3);
    sum3 = f32x4.add(sum3, d3);
    squares3 = multiplyAdd(d3, d3, squares3);
  }
  finish(target, stride, middle0, sum0, squares0, rows);
  finish(target + 16, stride, middle1, sum1, squares1, rows);
  finish(target + 32, stride, middle2, sum2, squares2, rows);
  finish(target + 48, stride, middle3, sum3, squares3, rows);
}

/** Four channels of a chunk. */
function statistics4(x: usize, target: usize, stride: usize, rows: i32): void {
  const end = x + stride * <usize>rows;
  let sum = f32x4.splat(0);
  for (let at = x; at < end; at += stride) sum = f32x4.add(sum, v128.load(at));
  const middle = f32x4.div(sum, f32x4.splat(<f32>rows));
  sum = f32x4.splat(0);
  let squares = sum;
  for (let at = x; at < end; at += stride) {
    const d = f32x4.sub(v128.load(at), middle);
    sum = f32x4.add(sum, d);
    squares = multiplyAdd(d, d, squares);
  }
  finish(target, stride, middle, sum, squares, rows);
}

/** Mean and biased variance from those of the chunks, and what {@link prepare} makes of them. */
export function batchNormMerge(
  x: usize, partials: usize, scale: usize, offset: usize, mean: usize, variance: usize, saved: usize, table: usize,
  rows: i32, channels: i32, epsilon: f32, thread: i32, threads: i32,
): void {
  const end = shareStart(channels, 16, thread + 1, threads);
  for (let channel = shareStart(channels, 16, thread, threads); channel < end; channel++) {
    const average = mergedMean(x, partials, rows, channels, channel);
    const spread = mergedVariance(x, partials, rows, channels, channel, average);
    store<f32>(mean + (<usize>channel << 2), <f32>average);
    store<f32>(variance + (<usize>channel << 2), <f32>spread);
    prepare(scale, offset, saved, table, channels, channel, average, spread + epsilon);
  }
}

/** The same from statistics that are given. */
export function batchNormPrepare(
  scale: usize, offset: usize, mean: usize, variance: usize, saved: usize, table: usize,
  channels: i32, epsilon: f32, thread: i32, threads: i32,
): void {
  const end = shareStart(channels, 16, thread + 1, threads);
  for (let channel = shareStart(channels, 16, thread, threads); channel < end; channel++) {
    const average = load<f32>(mean + (<usize>channel << 2));
    const spread = <f64>load<f32>(variance + (<usize>channel << 2));
    prepare(scale, offset, saved, table, channels, channel, average, spread + epsilon);
  }
}

/** `saved` [2, channels]: mean and 1 / deviation. `table` [3, wide]: mean, factor and offset of the normalisation. */
// @ts-ignore: decorator
@inline
function prepare(
  scale: usize, offset: usize, saved: usize, table: usize, channels: i32, channel: i32, mean: f64, variance: f64,
): void {
  const at = <usize>channel << 2;
  const width = offsetOf(foldOf(channels), channels, 0);
  const inverse = 1 / Math.sqrt(variance);
  store<f32>(saved + at, <f32>mean);
  store<f32>(saved + offsetOf(1, channels, channel), <f32>inverse);
  fillTable(table, channels, channel, mean);
  fillTable(table + width, channels, channel, inverse * load<f32>(scale + at));
  fillTable(table + 2 * width, channels, channel, load<f32>(offset + at));
}

function mergedMean(x: usize, partials: usize, rows: i32, channels: i32, channel: i32): f64 {
  const fold = foldOf(channels);
  const wide = fold * channels;
  const wideRows = rows / fold;
  let sum: f64 = 0;
  for (let start = 0; start < wideRows; start += chunkRows) {
    const count = <f64>min(chunkRows, wideRows - start);
    const chunk = partials + offsetOf(2 * (start / chunkRows), wide, 0);
    for (let column = channel; column < wide; column += channels) {
      sum += count * load<f32>(chunk + (<usize>column << 2));
    }
  }
  for (let row = wideRows * fold; row < rows; row++) sum += load<f32>(x + offsetOf(row, channels, channel));
  return sum / <f64>rows;
}

/** Each chunk's squared deviations from its own mean, and that mean's from the mean of all. */
function mergedVariance(x: usize, partials: usize, rows: i32, channels: i32, channel: i32, mean: f64): f64 {
  const fold = foldOf(channels);
  const wide = fold * channels;
  const wideRows = rows / fold;
  let sum: f64 = 0;
  for (let start = 0; start < wideRows; start += chunkRows) {
    const count = <f64>min(chunkRows, wideRows - start);
    const chunk = partials + offsetOf(2 * (start / chunkRows), wide, 0);
    for (let column = channel; column < wide; column += channels) {
      const distance = <f64>load<f32>(chunk + (<usize>column << 2)) - mean;
      sum += <f64>load<f32>(chunk + offsetOf(1, wide, column)) + count * distance * distance;
    }
  }
  for (let row = wideRows * fold; row < rows; row++) {
    const distance = <f64>load<f32>(x + offsetOf(row, channels, channel)) - mean;
    sum += distance * distance;
  }
  return sum / <f64>rows;
}

/** y = (x - mean) factor + offset. */
export function batchNormNormalize(
  x: usize, table: usize, y: usize, rows: i32, channels: i32, thread: i32, threads: i32,
): void {
  const fold = foldOf(channels);
  const wide = fold * channels;
  const width = <usize>wide << 2;
  const wideRows = rows / fold;
  const end = shareStart(wideRows, 4, thread + 1, threads);
  for (let row = shareStart(wideRows, 4, thread, threads); row < end; row++) {
    const start = offsetOf(row, wide, 0);
    for (let at: usize = 0; at < width; at += 16) {
      const d = f32x4.sub(v128.load(x + start + at), v128.load(table + at));
      v128.store(y + start + at, multiplyAdd(d, v128.load(table + width + at), v128.load(table + 2 * width + at)));
    }
  }
  if (thread != threads - 1) return;
  const start = offsetOf(wideRows, wide, 0);
  const rest = offsetOf(rows - wideRows * fold, channels, 0);
  for (let at: usize = 0; at < rest; at += 4) {
    const d = load<f32>(x + start + at) - load<f32>(table + at);
    store<f32>(y + start + at, d * load<f32>(table + width + at) + load<f32>(table + 2 * width + at));
  }
}
