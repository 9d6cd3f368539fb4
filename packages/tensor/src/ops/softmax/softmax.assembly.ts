// softmax and its logarithm along an axis, and their gradients. x is [outer, length, inner]: rows where inner is 1,
// columns of four neighbours at a time elsewhere.
import { shareStart } from "../parallel.assembly";
import { laneMask, storePart, sumLanes } from "../reduce/lanes.assembly";
import { exp4, log4 } from "../vector-math.assembly";
import { divideRow, rowExponentials, rowMaximum } from "./rows.assembly";

/**
 * Rows of neighbours. With `queries`, row r counts its first r mod queries + 1 values alone and the others get 0;
 * with 0 it counts all.
 */
export function softmaxRows(
  x: usize, y: usize, rows: i32, length: i32, queries: i32, log: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const start = <usize>(<u32>(row * length)) << 2;
    const from = x + start;
    const to = y + start;
    const visible = queries ? min(length, (row % queries) + 1) : length;
    const greatest = rowMaximum(from, visible);
    const sum = rowExponentials(from, to, visible, greatest);
    if (log) {
      const logSum = log4(f32x4.splat(sum));
      for (let k = 0; k < length; k += 4) {
        const at = <usize>k << 2;
        const shifted = f32x4.sub(v128.load(from + at), f32x4.splat(greatest));
        storePart(to + at, f32x4.sub(shifted, logSum), length - k);
      }
    } else {
      divideRow(to, visible, sum);
      memory.fill(to + (<usize>visible << 2), 0, <usize>(length - visible) << 2);
    }
  }
}

/** dx = y (dy − Σ y dy), or dy − exp(y) Σ dy for the logarithm. */
export function softmaxGradientRows(
  dy: usize, y: usize, dx: usize, rows: i32, length: i32, log: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 4, thread + 1, threads);
  for (let row = shareStart(rows, 4, thread, threads); row < end; row++) {
    const start = <usize>(<u32>(row * length)) << 2;
    let sum = f32x4.splat(0);
    for (let k = 0; k < length; k += 4) {
      const at = start + (<usize>k << 2);
      sum = f32x4.add(sum, v128.and(term(v128.load(dy + at), v128.load(y + at), log), laneMask(length - k)));
    }
    const total = f32x4.splat(sumLanes(sum));
    for (let k = 0; k < length; k += 4) {
      const at = start + (<usize>k << 2);
      storePart(dx + at, inputGradient(v128.load(dy + at), v128.load(y + at), total, log), length - k);
    }
  }
}

export function softmaxColumns(
  x: usize, y: usize, outer: i32, length: i32, inner: i32, log: i32, thread: i32, threads: i32,
): void {
  const blocks = (inner + 3) >> 2;
  const stride = <usize>inner << 2;
  const end = shareStart(outer * blocks, 4, thread + 1, threads);
  for (let item = shareStart(outer * blocks, 4, thread, threads); item < end; item++) {
    const column = (item % blocks) << 2;
    const start = <usize>(<u32>((item / blocks) * length * inner + column)) << 2;
    columnBlock(x + start, y + start, length, stride, inner - column, log);
  }
}

/** Up to four columns side by side; each of the passes finds what the one before it left in the cache. */
function columnBlock(x: usize, y: usize, length: i32, stride: usize, columns: i32, log: i32): void {
  const end = <usize>length * stride;
  let greatest = f32x4.splat(-Infinity);
  for (let at: usize = 0; at < end; at += stride) greatest = f32x4.max(greatest, v128.load(x + at));
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < end; at += stride) {
    const powers = exp4(f32x4.sub(v128.load(x + at), greatest));
    sum = f32x4.add(sum, powers);
    if (!log) storePart(y + at, powers, columns);
  }
  if (log) {
    const logSum = log4(sum);
    for (let at: usize = 0; at < end; at += stride) {
      storePart(y + at, f32x4.sub(f32x4.sub(v128.load(x + at), greatest), logSum), columns);
    }
  } else {
    for (let at: usize = 0; at < end; at += stride) storePart(y + at, f32x4.div(v128.load(y + at), sum), columns);
  }
}

export function softmaxGradientColumns(
  dy: usize, y: usize, dx: usize, outer: i32, length: i32, inner: i32, log: i32, thread: i32, threads: i32,
): void {
  const blocks = (inner + 3) >> 2;
  const stride = <usize>inner << 2;
  const end = shareStart(outer * blocks, 4, thread + 1, threads);
  for (let item = shareStart(outer * blocks, 4, thread, threads); item < end; item++) {
    const column = (item % blocks) << 2;
    const start = <usize>(<u32>((item / blocks) * length * inner + column)) << 2;
    const last = start + <usize>length * stride;
    let sum = f32x4.splat(0);
    for (let at = start; at < last; at += stride) {
      sum = f32x4.add(sum, term(v128.load(dy + at), v128.load(y + at), log));
    }
    for (let at = start; at < last; at += stride) {
      storePart(dx + at, inputGradient(v128.load(dy + at), v128.load(y + at), sum, log), inner - column);
    }
  }
}

// @ts-ignore: decorator
@inline
function term(dy: v128, y: v128, log: i32): v128 {
  return log ? dy : f32x4.mul(y, dy);
}

// @ts-ignore: decorator
@inline
function inputGradient(dy: v128, y: v128, sum: v128, log: i32): v128 {
  return log ? f32x4.sub(dy, f32x4.mul(exp4(y), sum)) : f32x4.mul(y, f32x4.sub(dy, sum));
}
