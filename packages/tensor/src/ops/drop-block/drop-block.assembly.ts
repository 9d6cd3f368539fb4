// DropBlock on images [batch, height, width, channels]; seeds and mask have a byte for each element.
import { shareStart } from "../parallel.assembly";
import { philoxBits0, philoxBits1, philoxBits2, philoxBits3, philoxBlocks } from "../philox.assembly";
import { storePart } from "../reduce/lanes.assembly";

/** Elements drawn at once. */
const group = 16;

/** A byte for each of sixteen elements: 255 where its bits are below the threshold. */
// @ts-ignore: decorator
@inline
function belowThreshold(least: v128): v128 {
  const first = i16x8.narrow_i32x4_s(i32x4.lt_u(philoxBits0, least), i32x4.lt_u(philoxBits1, least));
  const last = i16x8.narrow_i32x4_s(i32x4.lt_u(philoxBits2, least), i32x4.lt_u(philoxBits3, least));
  return i8x16.narrow_i16x8_s(first, last);
}

/**
 * seeds[i] = 255 if bits(i) < threshold and a block that begins there lies within the image, else 0. With `words`, counter
 * and threshold are numbers of words there.
 */
export function dropBlockSeeds(
  seeds: usize, size: i32, height: i32, width: i32, channels: i32, blockSize: i32, key0: i32, key1: i32, stream: i32,
  words: usize, counter: i32, threshold: i32, thread: i32, threads: i32,
): void {
  if (words) {
    counter = load<i32>(words + (<usize>counter << 2));
    threshold = load<i32>(words + (<usize>threshold << 2));
  }
  const start = shareStart(size, group, thread, threads);
  const end = shareStart(size, group, thread + 1, threads);
  memory.fill(seeds + start, 0, end - start);
  // Threshold 0 begins no block: then no bits are worth drawing.
  if (threshold == 0) return;
  const least = i32x4.splat(threshold);
  for (let i = start; i < end; i += group) {
    philoxBlocks(i >>> 2, counter, stream, key0, key1);
    let found = i8x16.bitmask(belowThreshold(least));
    while (found) {
      const element = i + ctz(found);
      found &= found - 1;
      if (element >= end) break;
      const pixel = element / channels;
      const row = pixel / width;
      const fits = pixel - row * width + blockSize <= width && row % height + blockSize <= height;
      if (fits) store<u8>(seeds + element, 255);
    }
  }
}

/** Stores the first `count` bytes, 16 where it is more. */
// @ts-ignore: decorator
@inline
function storeBytes(address: usize, value: v128, count: i32): void {
  if (count >= 16) {
    v128.store(address, value);
    return;
  }
  let rest = value;
  for (let i = 0; i < count; i++) {
    store<u8>(address + i, <u8>i8x16.extract_lane_u(rest, 0));
    rest = i8x16.shuffle(rest, rest, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0);
  }
}

/** The mask of a pixel's channels, from the seeds of the `rows` by `columns` pixels that end with it; gives their count. */
function maskPixel(
  seeds: usize, mask: usize, rows: i32, columns: i32, rowStride: usize, channels: i32,
): i32 {
  const kept = i8x16.splat(1);
  let count = 0;
  for (let c = 0; c < channels; c += 16) {
    let covered = i8x16.splat(0);
    for (let row = 0; row < rows; row++) {
      let at = seeds + c - <usize>row * rowStride;
      for (let column = 0; column < columns; column++, at -= channels) covered = v128.or(covered, v128.load(at));
    }
    const left = channels - c;
    const value = v128.andnot(kept, covered);
    storeBytes(mask + c, value, left);
    const dropped = i8x16.bitmask(covered) & (left >= 16 ? 0xffff : (1 << left) - 1);
    count += min(left, 16) - popcnt(dropped);
  }
  return count;
}

/** mask = 1 where no block covers an element, else 0; counts[row] how many are 1 in a row of pixels. */
export function dropBlockMask(
  seeds: usize, mask: usize, counts: usize, rows: i32, height: i32, width: i32, channels: i32, blockSize: i32,
  thread: i32, threads: i32,
): void {
  const rowStride = <usize>(width * channels);
  const end = shareStart(rows, 1, thread + 1, threads);
  for (let row = shareStart(rows, 1, thread, threads); row < end; row++) {
    const above = min(row % height + 1, blockSize);
    let count = 0;
    for (let x = 0; x < width; x++) {
      const at = <usize>row * rowStride + <usize>(x * channels);
      count += maskPixel(seeds + at, mask + at, above, min(x + 1, blockSize), rowStride, channels);
    }
    store<i32>(counts + (<usize>row << 2), count);
  }
}

/** scale = size / sum of counts, or 0 where the sum is. */
export function dropBlockScale(
  counts: usize, scale: usize, rows: i32, size: i32, thread: i32, threads: i32,
): void {
  if (thread != 0) return;
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += load<i32>(counts + (<usize>row << 2));
  store<f32>(scale, sum == 0 ? 0 : <f32>size / <f32>sum);
}

/** y = mask ? scale x : 0 */
export function dropBlockApply(
  x: usize, mask: usize, scale: usize, y: usize, size: i32, thread: i32, threads: i32,
): void {
  const factor = v128.load32_splat(scale);
  const end = shareStart(size, 16, thread + 1, threads);
  for (let i = shareStart(size, 16, thread, threads); i < end; i += 4) {
    const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(mask + i));
    const kept = i32x4.neg(i32x4.extend_low_i16x8_u(bytes));
    const at = <usize>i << 2;
    storePart(y + at, v128.and(f32x4.mul(v128.load(x + at), factor), kept), end - i);
  }
}
