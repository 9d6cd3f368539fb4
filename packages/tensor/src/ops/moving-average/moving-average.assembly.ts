// Moving average in place: target = target + rest (value - target), rest = 1 - momentum.
import { shareStart } from "../parallel.assembly";
import { storeLanes } from "../store-lanes.assembly";

export function movingAverage(target: usize, value: usize, size: i32, rest: f32, thread: i32, threads: i32): void {
  const take = f32x4.splat(rest);
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const old = v128.load(target + at);
    const average = f32x4.add(old, f32x4.mul(take, f32x4.sub(v128.load(value + at), old)));
    if (at + 16 <= end) v128.store(target + at, average);
    else storeLanes(target + at, average, <i32>((end - at) >> 2));
  }
}
