// Elementwise kernels: out[i] = f(a[i], b[i], c[i]), each operand broadcast against the output.
//
// `layout` is 0 where every operand has the output's own layout; otherwise the address of 24 words: six sizes, then six
// strides (in elements, 0 along stretched axes) of a, b and c. The op is a constant that the compiler folds away.
import { shareStart } from "../parallel.assembly";
import { storeLanes } from "../store-lanes.assembly";
import { exp4, log4 } from "../vector-math.assembly";

const enum Op {
  Add,
  Sub,
  Mul,
  Div,
  DivGradient,
  Maximum,
  MaximumGradientA,
  MaximumGradientB,
  Neg,
  Exp,
  Log,
  Sqrt,
  SqrtGradient,
  Square,
  SquareGradient,
  Relu,
  ReluGradient,
  Elu,
  EluGradient,
}

// @ts-ignore: decorator
@inline
function apply(op: i32, a: v128, b: v128, c: v128, alpha: v128): v128 {
  const zero = f32x4.splat(0);
  if (op == Op.Add) return f32x4.add(a, b);
  if (op == Op.Sub) return f32x4.sub(a, b);
  if (op == Op.Mul) return f32x4.mul(a, b);
  if (op == Op.Div) return f32x4.div(a, b);
  if (op == Op.DivGradient) return f32x4.neg(f32x4.div(f32x4.mul(a, b), c));
  if (op == Op.Maximum) return f32x4.max(a, b);
  if (op == Op.MaximumGradientA) return v128.and(a, f32x4.ge(b, c));
  if (op == Op.MaximumGradientB) return v128.and(a, f32x4.lt(b, c));
  if (op == Op.Neg) return f32x4.neg(a);
  if (op == Op.Exp) return exp4(a);
  if (op == Op.Log) return log4(a);
  if (op == Op.Sqrt) return f32x4.sqrt(a);
  if (op == Op.SqrtGradient) return f32x4.div(f32x4.mul(a, f32x4.splat(0.5)), b);
  if (op == Op.Square) return f32x4.mul(a, a);
  if (op == Op.SquareGradient) return f32x4.mul(f32x4.add(a, a), b);
  if (op == Op.Relu) return f32x4.max(a, zero);
  if (op == Op.ReluGradient) return v128.and(a, f32x4.gt(b, zero));
  const below = f32x4.min(a, zero);
  if (op == Op.Elu) {
    return v128.bitselect(a, f32x4.mul(alpha, f32x4.sub(exp4(below), f32x4.splat(1))), f32x4.gt(a, zero));
  }
  return v128.bitselect(a, f32x4.mul(a, f32x4.add(b, alpha)), f32x4.gt(b, zero));
}

/** One operand of the inner loop: four elements, or one element four times. Strides are 0 or 1 here. */
// @ts-ignore: decorator
@inline
function operand(address: usize, i: i32, stride: i32): v128 {
  return stride ? v128.load(address + (<usize>i << 2)) : v128.load32_splat(address);
}

// @ts-ignore: decorator
@inline
function contiguous(op: i32, a: usize, b: usize, c: usize, out: usize, alpha: v128, start: i32, end: i32): void {
  let at = <usize>start << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) {
    v128.store(out + at, apply(op, v128.load(a + at), v128.load(b + at), v128.load(c + at), alpha));
  }
  if (at < last) {
    const value = apply(op, v128.load(a + at), v128.load(b + at), v128.load(c + at), alpha);
    storeLanes(out + at, value, <i32>((last - at) >> 2));
  }
}

/** Elements `from` to `to` of one row of the innermost axis. */
// @ts-ignore: decorator
@inline
function row(
  op: i32, a: usize, b: usize, c: usize, out: usize, alpha: v128, from: i32, to: i32, sa: i32, sb: i32, sc: i32,
): void {
  let i = from;
  if ((sa | sb | sc) <= 1) {
    for (; i + 4 <= to; i += 4) {
      v128.store(out + (<usize>i << 2), apply(op, operand(a, i, sa), operand(b, i, sb), operand(c, i, sc), alpha));
    }
  }
  for (; i < to; i++) {
    const value = apply(
      op,
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
function run(
  op: i32, a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  const start = shareStart(size, 16, thread, threads);
  const end = shareStart(size, 16, thread + 1, threads);
  const constant = f32x4.splat(alpha);
  if (!layout) {
    contiguous(op, a, b, c, out, constant, start, end);
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
    row(
      op,
      a + rowOffset(layout, layout + 24, number),
      b + rowOffset(layout, layout + 48, number),
      c + rowOffset(layout, layout + 72, number),
      out + (<usize>(number * inner) << 2),
      constant, from, to, sa, sb, sc,
    );
    at += to - from;
  }
}

export function elementwiseAdd(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Add, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSub(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Sub, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseMul(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Mul, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseDiv(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Div, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseDivGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.DivGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseMaximum(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Maximum, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseMaximumGradientA(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.MaximumGradientA, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseMaximumGradientB(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.MaximumGradientB, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseNeg(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Neg, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseExp(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Exp, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseLog(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Log, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSqrt(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Sqrt, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSqrtGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.SqrtGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSquare(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Square, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSquareGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.SquareGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseRelu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Relu, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseReluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.ReluGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseElu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Elu, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseEluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.EluGradient, a, b, c, out, alpha, size, layout, thread, threads);
}
