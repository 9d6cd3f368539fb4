// Elementwise kernels: arithmetic. A class says what one of them computes, four elements at a time.
import { exp4, log4 } from "../vector-math.assembly";
import { run } from "./shell.assembly";

class Add {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.add(a, b);
  }
}

export function elementwiseAdd(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Add>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Sub {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.sub(a, b);
  }
}

export function elementwiseSub(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Sub>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Mul {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, b);
  }
}

export function elementwiseMul(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Mul>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Div {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.div(a, b);
  }
}

export function elementwiseDiv(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Div>(a, b, c, out, alpha, size, layout, thread, threads);
}

class DivGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.neg(f32x4.div(f32x4.mul(a, b), c));
  }
}

export function elementwiseDivGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<DivGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Maximum {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.max(a, b);
  }
}

export function elementwiseMaximum(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Maximum>(a, b, c, out, alpha, size, layout, thread, threads);
}

class MaximumGradientA {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.ge(b, c));
  }
}

export function elementwiseMaximumGradientA(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<MaximumGradientA>(a, b, c, out, alpha, size, layout, thread, threads);
}

class MaximumGradientB {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.lt(b, c));
  }
}

export function elementwiseMaximumGradientB(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<MaximumGradientB>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Neg {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.neg(a);
  }
}

export function elementwiseNeg(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Neg>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Exp {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return exp4(a);
  }
}

export function elementwiseExp(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Exp>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Log {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return log4(a);
  }
}

export function elementwiseLog(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Log>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Sqrt {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.sqrt(a);
  }
}

export function elementwiseSqrt(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Sqrt>(a, b, c, out, alpha, size, layout, thread, threads);
}

class SqrtGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.div(f32x4.mul(a, f32x4.splat(0.5)), b);
  }
}

export function elementwiseSqrtGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<SqrtGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Square {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, a);
  }
}

export function elementwiseSquare(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Square>(a, b, c, out, alpha, size, layout, thread, threads);
}

class SquareGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(f32x4.add(a, a), b);
  }
}

export function elementwiseSquareGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<SquareGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}
