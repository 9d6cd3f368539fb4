// Dropout: y[i] = bits(i) >= threshold ? x[i] * scale : 0, the bits from Philox4x32-10.
// `dropoutFromStep` reads counter, threshold and scale from slots of the step words.
import { shareStart } from "../parallel.assembly";
import { philoxBits0, philoxBits1, philoxBits2, philoxBits3, philoxBlocks } from "../philox.assembly";
import { storeLanes } from "../store-lanes.assembly";

/** Elements drawn at once. */
const group = 16;

// @ts-ignore: decorator
@inline
function drop(x: v128, bits: v128, threshold: v128, scale: v128): v128 {
  return v128.and(f32x4.mul(x, scale), i32x4.ge_u(bits, threshold));
}

// @ts-ignore: decorator
@inline
function storeUpTo(address: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(address, value);
  else if (count > 0) storeLanes(address, value, count);
}

function run(
  x: usize, y: usize, size: i32, key0: i32, key1: i32, stream: i32, counter: i32, threshold: i32, scale: f32,
  thread: i32, threads: i32,
): void {
  const end = shareStart(size, group, thread + 1, threads);
  const least = i32x4.splat(threshold);
  const factor = f32x4.splat(scale);
  for (let i = shareStart(size, group, thread, threads); i < end; i += group) {
    // Threshold 0 keeps everything: then no bits are worth drawing.
    if (threshold != 0) philoxBlocks(i >>> 2, counter, stream, key0, key1);
    const from = x + (<usize>i << 2);
    const to = y + (<usize>i << 2);
    const left = end - i;
    storeUpTo(to, drop(v128.load(from), philoxBits0, least, factor), left);
    storeUpTo(to + 16, drop(v128.load(from, 16), philoxBits1, least, factor), left - 4);
    storeUpTo(to + 32, drop(v128.load(from, 32), philoxBits2, least, factor), left - 8);
    storeUpTo(to + 48, drop(v128.load(from, 48), philoxBits3, least, factor), left - 12);
  }
}

export function dropout(
  x: usize, y: usize, size: i32, key0: i32, key1: i32, stream: i32, counter: i32, threshold: i32, scale: f32,
  thread: i32, threads: i32,
): void {
  run(x, y, size, key0, key1, stream, counter, threshold, scale, thread, threads);
}

export function dropoutFromStep(
  x: usize, y: usize, size: i32, key0: i32, key1: i32, stream: i32,
  words: usize, counterSlot: i32, thresholdSlot: i32, scaleSlot: i32, thread: i32, threads: i32,
): void {
  const counter = load<i32>(words + (<usize>counterSlot << 2));
  const threshold = load<i32>(words + (<usize>thresholdSlot << 2));
  const scale = load<f32>(words + (<usize>scaleSlot << 2));
  run(x, y, size, key0, key1, stream, counter, threshold, scale, thread, threads);
}
