// One pass of a reduction: y[chunk, output] = Σ or max over the chunk's part of what the output reduces, over
// `divisor`.
//
// Chunks are cut by the shape alone and summed in a fixed order, so the bits do not depend on the number of threads;
// the host runs further passes over y until one chunk is left. `layout` is the address of 12 words: three sizes of kept
// axes, their three strides in x, three sizes of reduced axes, their three strides. Padding axes have size 1.
import { shareStart } from "../parallel.assembly";
import { laneMask, maxLanes, storePart, sumLanes } from "./lanes.assembly";

const enum Kind {
  Sum,
  Max,
}

// @ts-ignore: decorator
@inline
function identity(kind: i32): v128 {
  return f32x4.splat(kind == Kind.Sum ? 0 : -Infinity);
}

// @ts-ignore: decorator
@inline
function combine(kind: i32, a: v128, b: v128): v128 {
  return kind == Kind.Sum ? f32x4.add(a, b) : f32x4.max(a, b);
}

// @ts-ignore: decorator
@inline
function combineLanes(kind: i32, value: v128): f32 {
  return kind == Kind.Sum ? sumLanes(value) : maxLanes(value);
}

/** a / b; most often 0, and then without the division. */
// @ts-ignore: decorator
@inline
function quotient(a: i32, b: i32): i32 {
  return a < b ? 0 : a / b;
}

/** Offset in x, in bytes, of element `index` of the three axes whose sizes and strides are at `axes`. */
function axesOffset(axes: usize, index: i32): usize {
  const inner = load<i32>(axes, 8);
  if (index < inner) return <usize>(<u32>(index * load<i32>(axes, 20))) << 2;
  const middle = load<i32>(axes, 4);
  const outer = index / inner;
  const offset =
    (outer / middle) * load<i32>(axes, 12) +
    (outer % middle) * load<i32>(axes, 16) +
    (index - outer * inner) * load<i32>(axes, 20);
  return <usize>(<u32>offset) << 2;
}

/** Rows, or vectors of a row, that are summed one after the other; what they give is summed in turn. */
const block: i32 = 32;

// @ts-ignore: decorator
@inline
function accumulate(kind: i32, out: usize, value: v128): void {
  v128.store(out, combine(kind, v128.load(out), value));
}

/** 32 columns, `count` rows that are `stride` bytes apart, on top of what is at `out`. */
// @ts-ignore: decorator
@inline
function wideColumns(kind: i32, x: usize, count: i32, stride: usize, out: usize): void {
  let a = identity(kind);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  for (let i = 0; i < count; i++, x += stride) {
    a = combine(kind, a, v128.load(x));
    b = combine(kind, b, v128.load(x, 16));
    c = combine(kind, c, v128.load(x, 32));
    d = combine(kind, d, v128.load(x, 48));
    e = combine(kind, e, v128.load(x, 64));
    f = combine(kind, f, v128.load(x, 80));
    g = combine(kind, g, v128.load(x, 96));
    h = combine(kind, h, v128.load(x, 112));
  }
  accumulate(kind, out, a);
  accumulate(kind, out + 16, b);
  accumulate(kind, out + 32, c);
  accumulate(kind, out + 48, d);
  accumulate(kind, out + 64, e);
  accumulate(kind, out + 80, f);
  accumulate(kind, out + 96, g);
  accumulate(kind, out + 112, h);
}

/** 1 to 4 columns, likewise. */
// @ts-ignore: decorator
@inline
function narrowColumns(kind: i32, x: usize, columns: i32, count: i32, stride: usize, out: usize): void {
  let a = identity(kind);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  for (; i + 4 <= count; i += 4, x += 4 * stride) {
    a = combine(kind, a, v128.load(x));
    b = combine(kind, b, v128.load(x + stride));
    c = combine(kind, c, v128.load(x + 2 * stride));
    d = combine(kind, d, v128.load(x + 3 * stride));
  }
  for (; i < count; i++, x += stride) a = combine(kind, a, v128.load(x));
  const total = combine(kind, combine(kind, a, b), combine(kind, c, d));
  storePart(out, combine(kind, v128.load(out), total), columns);
}

/** A block of 1 to 32 columns, `from` to `to` of the reduced elements. */
// @ts-ignore: decorator
@inline
function columnBlock(
  kind: i32, x: usize, axes: usize, columns: i32, from: i32, to: i32, divisor: f32, out: usize,
): void {
  for (let j = 0; j < columns; j += 4) storePart(out + (<usize>j << 2), identity(kind), columns - j);
  const inner = load<i32>(axes, 8);
  const stride = <usize>load<i32>(axes, 20) << 2;
  let at = from;
  while (at < to) {
    const count = min(block, min(inner - (at % inner), to - at));
    const rows = x + axesOffset(axes, at);
    if (columns == 32) wideColumns(kind, rows, count, stride, out);
    else {
      for (let j = 0; j < columns; j += 4) {
        const offset = <usize>j << 2;
        narrowColumns(kind, rows + offset, columns - j, count, stride, out + offset);
      }
    }
    at += count;
  }
  for (let j = 0; j < columns; j += 4) {
    const part = out + (<usize>j << 2);
    storePart(part, f32x4.div(v128.load(part), f32x4.splat(divisor)), columns - j);
  }
}

/** The kept axis is innermost: neighbouring lanes belong to neighbouring outputs. `length` reduced elements a chunk. */
// @ts-ignore: decorator
@inline
function columns(
  kind: i32, x: usize, y: usize, layout: usize, length: i32, chunks: i32, divisor: f32, thread: i32, threads: i32,
): void {
  const width = load<i32>(layout, 8);
  const blocks = (width + 31) / 32;
  const outer = load<i32>(layout) * load<i32>(layout, 4);
  const axes = layout + 24;
  const count = load<i32>(axes) * load<i32>(axes, 4) * load<i32>(axes, 8);
  const items = chunks * outer * blocks;
  const end = shareStart(items, 1, thread + 1, threads);
  for (let item = shareStart(items, 1, thread, threads); item < end; item++) {
    const row = item / blocks;
    const column = (item % blocks) * 32;
    const chunk = row / outer;
    columnBlock(
      kind,
      x + axesOffset(layout, (row % outer) * width + column),
      axes,
      min(32, width - column),
      chunk * length,
      min(count, (chunk + 1) * length),
      divisor,
      y + (<usize>(<u32>(row * width + column)) << 2),
    );
  }
}

/** `count` neighbours, to one value. */
// @ts-ignore: decorator
@inline
function stretch(kind: i32, x: usize, count: i32): f32 {
  let total = identity(kind);
  let left = count;
  while (left >= 16) {
    let a = identity(kind);
    let b = a;
    let c = a;
    let d = a;
    const last = left - min(left & ~15, 16 * block);
    for (; left > last; left -= 16, x += 64) {
      a = combine(kind, a, v128.load(x));
      b = combine(kind, b, v128.load(x, 16));
      c = combine(kind, c, v128.load(x, 32));
      d = combine(kind, d, v128.load(x, 48));
    }
    total = combine(kind, total, combine(kind, combine(kind, a, b), combine(kind, c, d)));
  }
  for (; left >= 4; left -= 4, x += 16) total = combine(kind, total, v128.load(x));
  if (left) total = combine(kind, total, v128.bitselect(v128.load(x), identity(kind), laneMask(left)));
  return combineLanes(kind, total);
}

/**
 * The reduced axis is innermost. A chunk is `rows` whole rows of it, or (with `rows` 1) one of several segments of
 * `length` elements of a row.
 */
// @ts-ignore: decorator
@inline
function rows(
  kind: i32, x: usize, y: usize, layout: usize, length: i32, rowsEach: i32, chunks: i32, divisor: f32, thread: i32,
  threads: i32,
): void {
  const outputs = load<i32>(layout) * load<i32>(layout, 4) * load<i32>(layout, 8);
  const axes = layout + 24;
  const width = load<i32>(axes, 8);
  const outer = load<i32>(axes) * load<i32>(axes, 4);
  const segments = (width + length - 1) / length;
  const items = chunks * outputs;
  const end = shareStart(items, 1, thread + 1, threads);
  for (let item = shareStart(items, 1, thread, threads); item < end; item++) {
    const chunk = quotient(item, outputs);
    const group = quotient(chunk, segments);
    const from = (chunk - group * segments) * length;
    const count = min(length, width - from);
    const first = group * rowsEach;
    const last = min(outer, first + rowsEach);
    const start = x + axesOffset(layout, item - chunk * outputs);
    let result = f32x4.extract_lane(identity(kind), 0);
    for (let row = first; row < last; row++) {
      const part = stretch(kind, start + axesOffset(axes, row * width + from), count);
      result = kind == Kind.Sum ? result + part : max<f32>(result, part);
    }
    f32.store(y + (<usize>(<u32>item) << 2), result / divisor);
  }
}

export function reduceSumColumns(
  x: usize, y: usize, layout: usize, length: i32, chunks: i32, divisor: f32, thread: i32, threads: i32,
): void {
  columns(Kind.Sum, x, y, layout, length, chunks, divisor, thread, threads);
}

export function reduceMaxColumns(
  x: usize, y: usize, layout: usize, length: i32, chunks: i32, divisor: f32, thread: i32, threads: i32,
): void {
  columns(Kind.Max, x, y, layout, length, chunks, divisor, thread, threads);
}

export function reduceSumRows(
  x: usize, y: usize, layout: usize, length: i32, rowsEach: i32, chunks: i32, divisor: f32, thread: i32, threads: i32,
): void {
  rows(Kind.Sum, x, y, layout, length, rowsEach, chunks, divisor, thread, threads);
}

export function reduceMaxRows(
  x: usize, y: usize, layout: usize, length: i32, rowsEach: i32, chunks: i32, divisor: f32, thread: i32, threads: i32,
): void {
  rows(Kind.Max, x, y, layout, length, rowsEach, chunks, divisor, thread, threads);
}
