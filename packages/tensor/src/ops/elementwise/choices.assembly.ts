// Elementwise kernels: what compares and chooses. A class says what one of them computes, four elements at a time.
import { run } from "./shell.assembly";

class Minimum {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.min(a, b);
  }
}

export function elementwiseMinimum(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Minimum>(a, b, c, out, alpha, size, layout, thread, threads);
}

class MinimumGradientA {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.le(b, c));
  }
}

export function elementwiseMinimumGradientA(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<MinimumGradientA>(a, b, c, out, alpha, size, layout, thread, threads);
}

class MinimumGradientB {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.gt(b, c));
  }
}

export function elementwiseMinimumGradientB(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<MinimumGradientB>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Clip {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.min(f32x4.max(a, b), c);
  }
}

export function elementwiseClip(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Clip>(a, b, c, out, alpha, size, layout, thread, threads);
}

class ClipGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.eq(b, c));
  }
}

export function elementwiseClipGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<ClipGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Where {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.bitselect(b, c, f32x4.ne(a, f32x4.splat(0)));
  }
}

export function elementwiseWhere(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Where>(a, b, c, out, alpha, size, layout, thread, threads);
}

class WhereGradientA {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.ne(b, f32x4.splat(0)));
  }
}

export function elementwiseWhereGradientA(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<WhereGradientA>(a, b, c, out, alpha, size, layout, thread, threads);
}

class WhereGradientB {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.eq(b, f32x4.splat(0)));
  }
}

export function elementwiseWhereGradientB(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<WhereGradientB>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Greater {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(f32x4.splat(1), f32x4.gt(a, b));
  }
}

export function elementwiseGreater(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Greater>(a, b, c, out, alpha, size, layout, thread, threads);
}

class GreaterEqual {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(f32x4.splat(1), f32x4.ge(a, b));
  }
}

export function elementwiseGreaterEqual(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<GreaterEqual>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Less {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(f32x4.splat(1), f32x4.lt(a, b));
  }
}

export function elementwiseLess(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Less>(a, b, c, out, alpha, size, layout, thread, threads);
}

class LessEqual {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(f32x4.splat(1), f32x4.le(a, b));
  }
}

export function elementwiseLessEqual(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<LessEqual>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Equal {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(f32x4.splat(1), f32x4.eq(a, b));
  }
}

export function elementwiseEqual(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Equal>(a, b, c, out, alpha, size, layout, thread, threads);
}
