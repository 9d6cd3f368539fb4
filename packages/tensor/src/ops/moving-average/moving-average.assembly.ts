// Moving average in place: target = target + rest (value - target), rest = 1 - momentum.
import { shareStart } from "../parallel.assembly";
import { storeLanes } from "../store-lanes.assembly";

function run(target: usize, value: usize, size: i32, take: v128, thread: i32, threads: i32): void {
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const old = v128.load(target + at);
    const average = f32x4.add(old, f32x4.mul(take, f32x4.sub(v128.load(value + at), old)));
    if (at + 16 <= end) v128.store(target + at, average);
    else storeLanes(target + at, average, <i32>((end - at) >> 2));
  }
}

export function movingAverage(target: usize, value: usize, size: i32, rest: f32, thread: i32, threads: i32): void {
  run(target, value, size, f32x4.splat(rest), thread, threads);
}

export function movingAverageFromStep(
  target: usize, value: usize, size: i32, words: usize, restSlot: i32, thread: i32, threads: i32,
): void {
  run(target, value, size, v128.load32_splat(words + (<usize>restSlot << 2)), thread, threads);
}
