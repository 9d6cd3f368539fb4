// The shell of the elementwise kernels: out[i] = f(a[i], b[i], c[i]), each operand broadcast against the output.
//
// `layout` is 0 where every operand has the output's own layout; otherwise the address of 24 words: six sizes, then six
// strides (in elements, 0 along stretched axes) of a, b and c. The op is a class without fields, whose method `of` is f on
// four elements: the compiler writes its loops for it alone, and no object is ever made.
import { shareStart } from "../parallel.assembly";
import { storeLanes } from "../store-lanes.assembly";

/** f of four elements. */
// @ts-ignore: decorator
@inline
function apply<Op>(a: v128, b: v128, c: v128, alpha: v128): v128 {
  return changetype<Op>(<usize>0).of(a, b, c, alpha);
}

/** One operand of the inner loop: four elements, or one element four times. Strides are 0 or 1 here. */
// @ts-ignore: decorator
@inline
function operand(address: usize, i: i32, stride: i32): v128 {
  return stride ? v128.load(address + (<usize>i << 2)) : v128.load32_splat(address);
}

// @ts-ignore: decorator
@inline
function contiguous<Op>(a: usize, b: usize, c: usize, out: usize, alpha: v128, start: i32, end: i32): void {
  let at = <usize>start << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) {
    v128.store(out + at, apply<Op>(v128.load(a + at), v128.load(b + at), v128.load(c + at), alpha));
  }
  if (at < last) {
    const value = apply<Op>(v128.load(a + at), v128.load(b + at), v128.load(c + at), alpha);
    storeLanes(out + at, value, <i32>((last - at) >> 2));
  }
}

/** Elements `from` to `to` of one row of the innermost axis. */
// @ts-ignore: decorator
@inline
function row<Op>(
  a: usize, b: usize, c: usize, out: usize, alpha: v128, from: i32, to: i32, sa: i32, sb: i32, sc: i32,
): void {
  let i = from;
  if ((sa | sb | sc) <= 1) {
    for (; i + 4 <= to; i += 4) {
      v128.store(out + (<usize>i << 2), apply<Op>(operand(a, i, sa), operand(b, i, sb), operand(c, i, sc), alpha));
    }
  }
  for (; i < to; i++) {
    const value = apply<Op>(
      v128.load32_splat(a + (<usize>(i * sa) << 2)),
      v128.load32_splat(b + (<usize>(i * sb) << 2)),
      v128.load32_splat(c + (<usize>(i * sc) << 2)),
      alpha,
    );
    f32.store(out + (<usize>i << 2), f32x4.extract_lane(value, 0));
  }
}

/** Offset of a row in an operand, in bytes: `rest` numbers the rows over the five outer axes. */
function rowOffset(layout: usize, strides: usize, row: i32): usize {
  let rest = row;
  let offset = 0;
  for (let axis = 4; axis >= 0; axis--) {
    const size = load<i32>(layout + (<usize>axis << 2));
    offset += (rest % size) * load<i32>(strides + (<usize>axis << 2));
    rest /= size;
  }
  return <usize>offset << 2;
}

// @ts-ignore: decorator
@inline
export function run<Op>(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  const start = shareStart(size, 16, thread, threads);
  const end = shareStart(size, 16, thread + 1, threads);
  const constant = f32x4.splat(alpha);
  if (!layout) {
    contiguous<Op>(a, b, c, out, constant, start, end);
    return;
  }
  const inner = load<i32>(layout, 20);
  const sa = load<i32>(layout, 44);
  const sb = load<i32>(layout, 68);
  const sc = load<i32>(layout, 92);
  let at = start;
  while (at < end) {
    const number = at / inner;
    const from = at - number * inner;
    const to = min(inner, from + end - at);
    row<Op>(
      a + rowOffset(layout, layout + 24, number),
      b + rowOffset(layout, layout + 48, number),
      c + rowOffset(layout, layout + 72, number),
      out + (<usize>(number * inner) << 2),
      constant, from, to, sa, sb, sc,
    );
    at += to - from;
  }
}
