// Gradient of batch normalisation, x̂ = (x - mean) / deviation:
//   doffset = Σ dy, dscale = Σ dy x̂, dx = scale / deviation (dy - doffset / rows - x̂ dscale / rows)
// and dx = scale / deviation dy where mean and deviation are constants. `saved` is [2, channels]: mean, 1 / deviation.
// The table [4, wide] holds mean, and the factor, slope and shift of dx = factor dy - (x - mean) slope - shift.
import { shareStart } from "../parallel.assembly";
import { multiplyAdd } from "../vector-math.assembly";
import { block, chunkRows, chunksOf, fillTable, foldOf, offsetOf } from "./folding.assembly";

/** The table's means. */
export function batchNormGradientPrepare(saved: usize, table: usize, channels: i32, thread: i32, threads: i32): void {
  const end = shareStart(channels, 16, thread + 1, threads);
  for (let channel = shareStart(channels, 16, thread, threads); channel < end; channel++) {
    fillTable(table, channels, channel, load<f32>(saved + (<usize>channel << 2)));
  }
}

/** Sums of dy and dy (x - mean) over every chunk: `partials` is [chunks, 2, wide]. */
export function batchNormGradientSums(
  dy: usize, x: usize, table: usize, partials: usize, rows: i32, channels: i32, thread: i32, threads: i32,
): void {
  const fold = foldOf(channels);
  const wide = fold * channels;
  const wideRows = rows / fold;
  const stride = <usize>wide << 2;
  const blocks = (wide + block - 1) / block;
  const pieces = chunksOf(wideRows) * blocks;
  const end = shareStart(pieces, 1, thread + 1, threads);
  for (let piece = shareStart(pieces, 1, thread, threads); piece < end; piece++) {
    const chunk = piece / blocks;
    const column = (piece - chunk * blocks) * block;
    const count = min(chunkRows, wideRows - chunk * chunkRows);
    const source = offsetOf(chunk * chunkRows, wide, column);
    const mean = table + (<usize>column << 2);
    const target = partials + offsetOf(2 * chunk, wide, column);
    if (wide - column >= block) {
      sums16(dy + source, x + source, mean, target, stride, count);
    } else {
      for (let at: usize = 0; at < <usize>(wide - column) << 2; at += 16) {
        sums4(dy + source + at, x + source + at, mean + at, target + at, stride, count);
      }
    }
  }
}

function sums16(dy: usize, x: usize, mean: usize, target: usize, stride: usize, rows: i32): void {
  const mean0 = v128.load(mean);
  const mean1 = v128.load(mean, 16);
  const mean2 = v128.load(mean, 32);
  const mean3 = v128.load(mean, 48);
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  let product0 = sum0, product1 = sum0, product2 = sum0, product3 = sum0;
  for (let row = 0; row < rows; row++) {
    const g0 = v128.load(dy);
    sum0 = f32x4.add(sum0, g0);
    product0 = multiplyAdd(g0, f32x4.sub(v128.load(x), mean0), product0);
    const g1 = v128.load(dy, 16);
    sum1 = f32x4.add(sum1, g1);
    product1 = multiplyAdd(g1, f32x4.sub(v128.load(x, 16), mean1), product1);
    const g2 = v128.load(dy, 32);
    sum2 = f32x4.add(sum2, g2);
    product2 = multiplyAdd(g2, f32x4.sub(v128.load(x, 32), mean2), product2);
    const g3 = v128.load(dy, 48);
    sum3 = f32x4.add(sum3, g3);
    product3 = multiplyAdd(g3, f32x4.sub(v128.load(x, 48), mean3), product3);
    dy += stride;
    x += stride;
  }
  v128.store(target, sum0);
  v128.store(target, sum1, 16);
  v128.store(target, sum2, 32);
  v128.store(target, sum3, 48);
  v128.store(target + stride, product0);
  v128.store(target + stride, product1, 16);
  v128.store(target + stride, product2, 32);
  v128.store(target + stride, product3, 48);
}

function sums4(dy: usize, x: usize, mean: usize, target: usize, stride: usize, rows: i32): void {
  const average = v128.load(mean);
  let sum = f32x4.splat(0);
  let product = sum;
  for (let row = 0; row < rows; row++) {
    const g = v128.load(dy);
    sum = f32x4.add(sum, g);
    product = multiplyAdd(g, f32x4.sub(v128.load(x), average), product);
    dy += stride;
    x += stride;
  }
  v128.store(target, sum);
  v128.store(target + stride, product);
}

/** dscale, doffset, and the rest of the table. `training` is 0 where mean and deviation are constants. */
export function batchNormGradientMerge(
  dy: usize, x: usize, scale: usize, saved: usize, partials: usize, dscale: usize, doffset: usize, table: usize,
  rows: i32, channels: i32, training: i32, thread: i32, threads: i32,
): void {
  const fold = foldOf(channels);
  const wide = fold * channels;
  const wideRows = rows / fold;
  const width = <usize>wide << 2;
  const end = shareStart(channels, 16, thread + 1, threads);
  for (let channel = shareStart(channels, 16, thread, threads); channel < end; channel++) {
    const at = <usize>channel << 2;
    const mean = <f64>load<f32>(saved + at);
    const inverse = <f64>load<f32>(saved + offsetOf(1, channels, channel));
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let chunk = 0; chunk < chunksOf(wideRows); chunk++) {
      for (let column = channel; column < wide; column += channels) {
        sum += load<f32>(partials + offsetOf(2 * chunk, wide, column));
        product += load<f32>(partials + offsetOf(2 * chunk + 1, wide, column));
      }
    }
    for (let row = wideRows * fold; row < rows; row++) {
      const g = <f64>load<f32>(dy + offsetOf(row, channels, channel));
      sum += g;
      product += g * (<f64>load<f32>(x + offsetOf(row, channels, channel)) - mean);
    }
    const factor = inverse * load<f32>(scale + at);
    const share = training ? factor / <f64>rows : 0;
    store<f32>(doffset + at, <f32>sum);
    store<f32>(dscale + at, <f32>(product * inverse));
    fillTable(table + width, channels, channel, factor);
    fillTable(table + 2 * width, channels, channel, share * product * inverse * inverse);
    fillTable(table + 3 * width, channels, channel, share * sum);
  }
}

/** The whole table from dscale and doffset of a batch of `rows` rows, of which x holds some. */
export function batchNormGradientTable(
  scale: usize, saved: usize, dscale: usize, doffset: usize, table: usize, rows: f64, channels: i32,
  thread: i32, threads: i32,
): void {
  const width = offsetOf(foldOf(channels), channels, 0);
  const end = shareStart(channels, 16, thread + 1, threads);
  for (let channel = shareStart(channels, 16, thread, threads); channel < end; channel++) {
    const at = <usize>channel << 2;
    const inverse = <f64>load<f32>(saved + offsetOf(1, channels, channel));
    const factor = inverse * load<f32>(scale + at);
    const share = factor / rows;
    fillTable(table, channels, channel, load<f32>(saved + at));
    fillTable(table + width, channels, channel, factor);
    fillTable(table + 2 * width, channels, channel, share * load<f32>(dscale + at) * inverse);
    fillTable(table + 3 * width, channels, channel, share * load<f32>(doffset + at));
  }
}

/** dx = factor dy - (x - mean) slope - shift. */
export function batchNormInputGradient(
  dy: usize, x: usize, table: usize, dx: usize, rows: i32, channels: i32, thread: i32, threads: i32,
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
      const own = f32x4.mul(v128.load(dy + start + at), v128.load(table + width + at));
      const common = multiplyAdd(d, v128.load(table + 2 * width + at), v128.load(table + 3 * width + at));
      v128.store(dx + start + at, f32x4.sub(own, common));
    }
  }
  if (thread != threads - 1) return;
  const start = offsetOf(wideRows, wide, 0);
  const rest = offsetOf(rows - wideRows * fold, channels, 0);
  for (let at: usize = 0; at < rest; at += 4) {
    const d = load<f32>(x + start + at) - load<f32>(table + at);
    const own = load<f32>(dy + start + at) * load<f32>(table + width + at);
    const common = d * load<f32>(table + 2 * width + at) + load<f32>(table + 3 * width + at);
    store<f32>(dx + start + at, own - common);
  }
}
