// Results of a reduction spread over what they were reduced from; for element i of x, reduced into result o:
// divide: out[i] = p[o] / divisor. ties: out[i] = 1 where x[i] = p[o] or both are NaN, else 0.
// share: out[i] = x[i] p[o] / q[o].
//
// `layout` is the address of 12 words: six sizes of x's axes, then six strides of p and q in elements, 0 along reduced
// axes. The innermost stride is 0 or 1.
import { shareStart } from "../parallel.assembly";
import { storePart } from "./lanes.assembly";

const enum Mode {
  Divide,
  Ties,
  Share,
}

// @ts-ignore: decorator
@inline
function apply(mode: i32, p: v128, x: v128, q: v128, divisor: v128): v128 {
  if (mode == Mode.Divide) return f32x4.div(p, divisor);
  if (mode == Mode.Share) return f32x4.div(f32x4.mul(x, p), q);
  const bothNan = v128.and(f32x4.ne(x, x), f32x4.ne(p, p));
  return v128.and(v128.or(f32x4.eq(x, p), bothNan), f32x4.splat(1));
}

/** Offset in p and q, in bytes, of a row of the innermost axis. */
function rowOffset(layout: usize, row: i32): usize {
  let rest = row;
  let offset = 0;
  for (let axis = 4; rest > 0; axis--) {
    const size = load<i32>(layout + (<usize>axis << 2));
    offset += (rest % size) * load<i32>(layout + (<usize>axis << 2), 24);
    rest /= size;
  }
  return <usize>(<u32>offset) << 2;
}

/** x is not read where it is not used: p is bound in its place then, and is shorter. */
// @ts-ignore: decorator
@inline
function operand(mode: i32, x: usize): v128 {
  return mode == Mode.Divide ? f32x4.splat(0) : v128.load(x);
}

/** `count` elements that belong to neighbouring results. */
// @ts-ignore: decorator
@inline
function neighbours(mode: i32, p: usize, x: usize, q: usize, out: usize, divisor: v128, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    const value = apply(mode, v128.load(p + at), operand(mode, x + at), v128.load(q + at), divisor);
    storePart(out + at, value, count - i);
  }
}

/** `count` elements that belong to one result. */
// @ts-ignore: decorator
@inline
function repeated(mode: i32, p: usize, x: usize, q: usize, out: usize, divisor: v128, count: i32): void {
  const one = v128.load32_splat(p);
  const other = v128.load32_splat(q);
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i << 2;
    storePart(out + at, apply(mode, one, operand(mode, x + at), other, divisor), count - i);
  }
}

// @ts-ignore: decorator
@inline
function run(
  mode: i32, p: usize, x: usize, q: usize, out: usize, divisor: f32, size: i32, layout: usize, thread: i32,
  threads: i32,
): void {
  const inner = load<i32>(layout, 20);
  const kept = load<i32>(layout, 44);
  const by = f32x4.splat(divisor);
  const end = shareStart(size, 16, thread + 1, threads);
  let at = shareStart(size, 16, thread, threads);
  while (at < end) {
    const row = at / inner;
    const column = at - row * inner;
    const count = min(inner - column, end - at);
    const offset = rowOffset(layout, row) + (<usize>(column * kept) << 2);
    const place = <usize>(<u32>at) << 2;
    if (kept) neighbours(mode, p + offset, x + place, q + offset, out + place, by, count);
    else repeated(mode, p + offset, x + place, q + offset, out + place, by, count);
    at += count;
  }
}

export function expandDivide(
  p: usize, x: usize, q: usize, out: usize, divisor: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Mode.Divide, p, x, q, out, divisor, size, layout, thread, threads);
}

export function expandTies(
  p: usize, x: usize, q: usize, out: usize, divisor: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Mode.Ties, p, x, q, out, divisor, size, layout, thread, threads);
}

export function expandShare(
  p: usize, x: usize, q: usize, out: usize, divisor: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Mode.Share, p, x, q, out, divisor, size, layout, thread, threads);
}
