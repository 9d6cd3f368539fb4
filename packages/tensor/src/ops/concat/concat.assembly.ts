// One part of a concatenation, for elements of four bytes.
import { shareStart } from "../parallel.assembly";

/** Copies `size` elements in runs of `run`, which lie `stride` elements apart in out, from `offset` on. */
export function concat(
  x: usize, out: usize, size: i32, run: i32, stride: i32, offset: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(size, 16, thread + 1, threads);
  let at = shareStart(size, 16, thread, threads);
  while (at < end) {
    const row = at / run;
    const column = at - row * run;
    const count = min(run - column, end - at);
    const target = row * stride + offset + column;
    memory.copy(out + (<usize>target << 2), x + (<usize>at << 2), <usize>count << 2);
    at += count;
  }
}
