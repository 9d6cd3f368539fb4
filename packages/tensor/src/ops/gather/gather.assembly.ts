// Entries by number. x is [outer, length, inner], y is [outer, count, inner].
import { shareStart } from "../parallel.assembly";

/** y[o, j] = x[o, indices[j]], or zeros where x has no such entry. */
export function gather(
  x: usize, indices: usize, y: usize, outer: i32, length: i32, inner: i32, count: i32, thread: i32, threads: i32,
): void {
  const bytes = <usize>inner << 2;
  const end = shareStart(outer * count, 16, thread + 1, threads);
  for (let row = shareStart(outer * count, 16, thread, threads); row < end; row++) {
    const o = row / count;
    const index = load<i32>(indices + (<usize>(row - o * count) << 2));
    const target = y + <usize>row * bytes;
    if (index >= 0 && index < length) memory.copy(target, x + <usize>(o * length + index) * bytes, bytes);
    else memory.fill(target, 0, bytes);
  }
}

/** dx += dy for `inner` elements. */
// @ts-ignore: decorator
@inline
function addRow(dy: usize, dx: usize, inner: i32): void {
  let i = 0;
  for (; i + 4 <= inner; i += 4) {
    const at = <usize>i << 2;
    v128.store(dx + at, f32x4.add(v128.load(dx + at), v128.load(dy + at)));
  }
  for (; i < inner; i++) {
    const at = <usize>i << 2;
    f32.store(dx + at, f32.load(dx + at) + f32.load(dy + at));
  }
}

/**
 * dx[o, indices[j]] = sum of dy[o, j] in the order of j. Each thread has entries of its own, and looks for them through
 * all indices, so that no two threads write to one.
 */
export function gatherGradient(
  dy: usize, indices: usize, dx: usize, outer: i32, length: i32, inner: i32, count: i32, thread: i32, threads: i32,
): void {
  const bytes = <usize>inner << 2;
  const start = shareStart(length, 1, thread, threads);
  const end = shareStart(length, 1, thread + 1, threads);
  for (let o = 0; o < outer; o++) {
    const entries = dx + <usize>(o * length) * bytes;
    memory.fill(entries + <usize>start * bytes, 0, <usize>(end - start) * bytes);
    for (let j = 0; j < count; j++) {
      const index = load<i32>(indices + (<usize>j << 2));
      if (index < start || index >= end) continue;
      addRow(dy + <usize>(o * count + j) * bytes, entries + <usize>index * bytes, inner);
    }
  }
}
