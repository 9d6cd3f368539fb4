// y[o, i] = the first k for which x[o, k, i] is greatest, a NaN being greater than any number.
import { shareStart } from "../parallel.assembly";
import { laneMask, maxLanes, storePart } from "../reduce/lanes.assembly";

/** Greatest of `size` neighbours; NaN if one is. */
// @ts-ignore: decorator
@inline
function greatest(x: usize, size: i32): f32 {
  let best = f32x4.splat(-Infinity);
  let i = 0;
  for (; i + 4 <= size; i += 4) best = f32x4.max(best, v128.load(x + (<usize>i << 2)));
  const rest = v128.bitselect(v128.load(x + (<usize>i << 2)), f32x4.splat(-Infinity), laneMask(size - i));
  return maxLanes(f32x4.max(best, rest));
}

/** inner = 1: the greatest of a row, then its place. */
export function argmaxRows(x: usize, y: usize, outer: i32, size: i32, thread: i32, threads: i32): void {
  const end = shareStart(outer, 16, thread + 1, threads);
  for (let row = shareStart(outer, 16, thread, threads); row < end; row++) {
    const start = x + (<usize>(<u32>(row * size)) << 2);
    const best = greatest(start, size);
    const value = f32x4.splat(best);
    // All lanes where the greatest is NaN, none elsewhere.
    const isNan = f32x4.ne(value, value);
    let i = 0;
    let found = 0;
    for (; ; i += 4) {
      const x4 = v128.load(start + (<usize>i << 2));
      found = i32x4.bitmask(v128.or(f32x4.eq(x4, value), v128.and(isNan, f32x4.ne(x4, x4))));
      if (found) break;
    }
    i32.store(y + (<usize>row << 2), i + ctz(found));
  }
}

/** Columns beside each other, four at a time. */
export function argmaxColumns(
  x: usize, y: usize, outer: i32, size: i32, inner: i32, thread: i32, threads: i32,
): void {
  const groups = (inner + 3) / 4;
  const stride = <usize>inner << 2;
  const end = shareStart(outer * groups, 4, thread + 1, threads);
  for (let item = shareStart(outer * groups, 4, thread, threads); item < end; item++) {
    const o = item / groups;
    const column = (item % groups) * 4;
    let from = x + (<usize>(<u32>(o * size * inner + column)) << 2);
    let best = v128.load(from);
    let winner = i32x4.splat(0);
    for (let k = 1; k < size; k++) {
      from += stride;
      const value = v128.load(from);
      const newNan = v128.and(f32x4.ne(value, value), f32x4.eq(best, best));
      const wins = v128.or(f32x4.gt(value, best), newNan);
      best = v128.bitselect(value, best, wins);
      winner = v128.bitselect(i32x4.splat(k), winner, wins);
    }
    storePart(y + (<usize>(<u32>(o * inner + column)) << 2), winner, inner - column);
  }
}
