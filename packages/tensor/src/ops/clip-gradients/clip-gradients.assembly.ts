// Gradients cut down to size in place.
import { shareStart } from "../parallel.assembly";
import { storePart } from "../reduce/lanes.assembly";

/**
 * g = g limit / (norm + 1e-6), where the norm, a float32 at an address, asks for it. A norm of NaN makes NaN of all; an
 * infinite one 0 of what is finite and NaN of the rest, or with an infinite limit NaN of all.
 */
export function clipGradientNorm(
  gradients: usize, norm: usize, size: i32, limit: f32, thread: i32, threads: i32,
): void {
  const scale = limit / (load<f32>(norm) + 1e-6);
  if (scale >= 1) return; // false for NaN, which goes on to the gradients
  const factor = f32x4.splat(scale);
  const end = shareStart(size, 16, thread + 1, threads);
  for (let i = shareStart(size, 16, thread, threads); i < end; i += 4) {
    const at = gradients + (<usize>i << 2);
    storePart(at, f32x4.mul(v128.load(at), factor), end - i);
  }
}

/** g = g cut to [-limit, limit]; NaN stays. */
export function clipGradientValue(gradients: usize, size: i32, limit: f32, thread: i32, threads: i32): void {
  const greatest = f32x4.splat(limit);
  const least = f32x4.splat(-limit);
  const end = shareStart(size, 16, thread + 1, threads);
  for (let i = shareStart(size, 16, thread, threads); i < end; i += 4) {
    const at = gradients + (<usize>i << 2);
    storePart(at, f32x4.max(f32x4.min(v128.load(at), greatest), least), end - i);
  }
}
