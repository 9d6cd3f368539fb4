// Elementwise kernels: activations.
import { Op } from "./functions.assembly";
import { run } from "./shell.assembly";

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

export function elementwiseSigmoid(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Sigmoid, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSigmoidGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.SigmoidGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseTanh(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Tanh, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseTanhGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.TanhGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSoftplus(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Softplus, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSoftplusGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.SoftplusGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSilu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Silu, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseSiluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.SiluGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseGelu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.Gelu, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseGeluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.GeluGradient, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseLeakyRelu(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.LeakyRelu, a, b, c, out, alpha, size, layout, thread, threads);
}

export function elementwiseLeakyReluGradient(
  a: usize, b: usize, c: usize, out: usize, alpha: f32, size: i32, layout: usize, thread: i32, threads: i32,
): void {
  run(Op.LeakyReluGradient, a, b, c, out, alpha, size, layout, thread, threads);
}
