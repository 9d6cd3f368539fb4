// A tensor of up to six axes in a larger one that is a constant elsewhere, for elements of four bytes. Each row of the
// innermost axis is filled, copied, filled.
import { shareStart } from "../parallel.assembly";

/** Writes `bits` to the elements from `start` to `end`, the end excluded. */
function fill(out: usize, start: i32, end: i32, bits: i32): void {
  const four = i32x4.splat(bits);
  let i = start;
  for (; i + 4 <= end; i += 4) v128.store(out + (<usize>i << 2), four);
  for (; i < end; i++) i32.store(out + (<usize>i << 2), bits);
}

/** Which row of x goes into a row of out, or -1 for none. */
// @ts-ignore: decorator
@inline
function sourceRow(row: i32, layout: usize): i32 {
  let rest = row;
  let source = 0;
  let stride = 1;
  for (let axis = 4; axis >= 0; axis--) {
    const place = layout + (<usize>axis << 2);
    const length = load<i32>(place);
    const coordinate = rest % length - load<i32>(place, 48);
    const inner = load<i32>(place, 24);
    if (coordinate < 0 || coordinate >= inner) return -1;
    source += coordinate * stride;
    stride *= inner;
    rest /= length;
  }
  return source;
}

/**
 * `layout` is the address of 18 words: six sizes of out's axes, padded with 1 at the front, six of x's, and the
 * coordinates in out where x begins. `bits` are those of the constant.
 */
export function pad(x: usize, out: usize, size: i32, bits: i32, layout: usize, thread: i32, threads: i32): void {
  const length = load<i32>(layout, 20);
  const inner = load<i32>(layout, 44);
  const before = load<i32>(layout, 68);
  const end = shareStart(size, 16, thread + 1, threads);
  let at = shareStart(size, 16, thread, threads);
  while (at < end) {
    const row = at / length;
    const start = row * length;
    const stop = min(end - start, length) + start;
    const source = sourceRow(row, layout);
    const first = source < 0 ? stop : min(stop, max(at, start + before));
    const last = source < 0 ? stop : max(first, min(stop, start + before + inner));
    fill(out, at, first, bits);
    if (first < last) {
      const from = source * inner + first - start - before;
      memory.copy(out + (<usize>first << 2), x + (<usize>from << 2), <usize>(last - first) << 2);
    }
    fill(out, last, stop, bits);
    at = stop;
  }
}
