// Elementwise kernels: arithmetic.
import { Op } from "./functions.assembly";
import { run } from "./shell.assembly";

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
