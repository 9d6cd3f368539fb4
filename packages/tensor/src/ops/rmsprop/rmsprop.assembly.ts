// RMSprop (Tieleman and Hinton, 2012) in place, in PyTorch's form: g = gradient + decay p, s = rho s + (1 - rho) g²,
// deviation = sqrt(s) + epsilon; with `means` s - a² in the place of s, a = rho a + (1 - rho) g; p = p - rate g / deviation,
// or with `velocity` v = momentum v + g / deviation, p = p - rate v. rate and decay from slots of the step words.
import { shareStart } from "../parallel.assembly";
import { storePart } from "../reduce/lanes.assembly";

/** `means` or `velocity` 0: without. */
export function rmspropUpdate(
  parameters: usize, squares: usize, means: usize, velocity: usize, gradients: usize, words: usize,
  rateSlot: i32, decaySlot: i32, size: i32, rho: f32, rest: f32, epsilon: f32, momentum: f32,
  thread: i32, threads: i32,
): void {
  const rate = v128.load32_splat(words + (<usize>rateSlot << 2));
  const decay = v128.load32_splat(words + (<usize>decaySlot << 2));
  const keep = f32x4.splat(rho);
  const take = f32x4.splat(rest);
  const tiny = f32x4.splat(epsilon);
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const left = <i32>((end - at) >> 2);
    const p = v128.load(parameters + at);
    const g = f32x4.add(v128.load(gradients + at), f32x4.mul(decay, p));
    const taken = f32x4.mul(take, f32x4.mul(g, g));
    const square = f32x4.add(f32x4.mul(keep, v128.load(squares + at)), taken);
    storePart(squares + at, square, left);
    let variance = square;
    if (means) {
      const mean = f32x4.add(f32x4.mul(keep, v128.load(means + at)), f32x4.mul(take, g));
      storePart(means + at, mean, left);
      variance = f32x4.max(f32x4.splat(0), f32x4.sub(square, f32x4.mul(mean, mean)));
    }
    let step = f32x4.div(g, f32x4.add(f32x4.sqrt(variance), tiny));
    if (velocity) {
      step = f32x4.add(f32x4.mul(f32x4.splat(momentum), v128.load(velocity + at)), step);
      storePart(velocity + at, step, left);
    }
    storePart(parameters + at, f32x4.sub(p, f32x4.mul(rate, step)), left);
  }
}
