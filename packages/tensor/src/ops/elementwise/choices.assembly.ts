// Elementwise kernels: what compares and chooses.
import { Op } from "./functions.assembly";
import { run } from "./shell.assembly";

export function elementwiseMinimum(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Minimum, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseMinimumGradientA(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.MinimumGradientA, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseMinimumGradientB(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.MinimumGradientB, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseClip(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Clip, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseClipGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.ClipGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseWhere(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Where, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseWhereGradientA(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.WhereGradientA, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseWhereGradientB(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.WhereGradientB, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseGreater(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Greater, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseGreaterEqual(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.GreaterEqual, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseLess(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Less, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseLessEqual(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.LessEqual, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseEqual(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Equal, a, b, c, out, alpha, size, layout, thread, threads);
}
