// A box of a tensor of up to six axes, for elements of four bytes: rows of the innermost axis are copied.
import { shareStart } from "../parallel.assembly";

/**
 * `layout` is the address of 18 words: six sizes of out's axes, padded with 1 at the front, the coordinates in x where
 * they begin, and x's strides, in elements.
 */
export function slice(x: usize, out: usize, size: i32, layout: usize, thread: i32, threads: i32): void {
  const inner = load<i32>(layout, 20);
  const end = shareStart(size, 16, thread + 1, threads);
  let at = shareStart(size, 16, thread, threads);
  while (at < end) {
    const row = at / inner;
    const column = at - row * inner;
    const count = min(inner - column, end - at);
    let rest = row;
    let source = column + load<i32>(layout, 44);
    for (let axis = 4; axis >= 0; axis--) {
      const place = layout + (<usize>axis << 2);
      const length = load<i32>(place);
      source += (rest % length + load<i32>(place, 24)) * load<i32>(place, 48);
      rest /= length;
    }
    memory.copy(out + (<usize>at << 2), x + (<usize>source << 2), <usize>count << 2);
    at += count;
  }
}
