// Elementwise kernels: activations. A class says what one of them computes, four elements at a time; in a gradient `a` is
// dy, and `b` is y or x, whichever the gradient is made from.
import { exp4, logOnePlus4, normalDensity4, normalDistribution4, sigmoid4, tanh4 } from "../vector-math.assembly";
import { run } from "./shell.assembly";

class Relu {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.max(a, f32x4.splat(0));
  }
}

export function elementwiseRelu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Relu>(a, b, c, out, alpha, size, layout, thread, threads);
}

class ReluGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.and(a, f32x4.gt(b, f32x4.splat(0)));
  }
}

export function elementwiseReluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<ReluGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Elu {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    const below = f32x4.min(a, f32x4.splat(0));
    return v128.bitselect(a, f32x4.mul(alpha, f32x4.sub(exp4(below), f32x4.splat(1))), f32x4.gt(a, f32x4.splat(0)));
  }
}

export function elementwiseElu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Elu>(a, b, c, out, alpha, size, layout, thread, threads);
}

class EluGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.bitselect(a, f32x4.mul(a, f32x4.add(b, alpha)), f32x4.gt(b, f32x4.splat(0)));
  }
}

export function elementwiseEluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<EluGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Sigmoid {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return sigmoid4(a);
  }
}

export function elementwiseSigmoid(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Sigmoid>(a, b, c, out, alpha, size, layout, thread, threads);
}

class SigmoidGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, f32x4.mul(b, f32x4.sub(f32x4.splat(1), b)));
  }
}

export function elementwiseSigmoidGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<SigmoidGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Tanh {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return tanh4(a);
  }
}

export function elementwiseTanh(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Tanh>(a, b, c, out, alpha, size, layout, thread, threads);
}

class TanhGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, f32x4.mul(f32x4.sub(f32x4.splat(1), b), f32x4.add(f32x4.splat(1), b)));
  }
}

export function elementwiseTanhGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<TanhGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Softplus {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.add(f32x4.max(a, f32x4.splat(0)), logOnePlus4(exp4(f32x4.neg(f32x4.abs(a)))));
  }
}

export function elementwiseSoftplus(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Softplus>(a, b, c, out, alpha, size, layout, thread, threads);
}

class SoftplusGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, sigmoid4(b));
  }
}

export function elementwiseSoftplusGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<SoftplusGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Silu {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, sigmoid4(a));
  }
}

export function elementwiseSilu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Silu>(a, b, c, out, alpha, size, layout, thread, threads);
}

class SiluGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    const slope = f32x4.add(f32x4.splat(1), f32x4.mul(b, sigmoid4(f32x4.neg(b))));
    return f32x4.mul(a, f32x4.mul(sigmoid4(b), slope));
  }
}

export function elementwiseSiluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<SiluGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class Gelu {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, normalDistribution4(a));
  }
}

export function elementwiseGelu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<Gelu>(a, b, c, out, alpha, size, layout, thread, threads);
}

class GeluGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return f32x4.mul(a, f32x4.add(normalDistribution4(b), f32x4.mul(b, normalDensity4(b))));
  }
}

export function elementwiseGeluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<GeluGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}

class LeakyRelu {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.bitselect(a, f32x4.mul(a, alpha), f32x4.gt(a, f32x4.splat(0)));
  }
}

export function elementwiseLeakyRelu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<LeakyRelu>(a, b, c, out, alpha, size, layout, thread, threads);
}

class LeakyReluGradient {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128, c: v128, alpha: v128): v128 {
    return v128.bitselect(a, f32x4.mul(a, alpha), f32x4.gt(b, f32x4.splat(0)));
  }
}

export function elementwiseLeakyReluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run<LeakyReluGradient>(a, b, c, out, alpha, size, layout, thread, threads);
}
