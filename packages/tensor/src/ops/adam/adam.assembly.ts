// Adam (Kingma and Ba, 2015, algorithm 1), in place: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g²,
// p = kept p - stepSize m / (sqrt(v correction) + epsilon), stepSize, correction and kept from slots of the step words.
import { shareStart } from "../parallel.assembly";
import { storeLanes } from "../store-lanes.assembly";

/** `a b + c d` */
// @ts-ignore: decorator
@inline
function blend(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), f32x4.mul(c, d));
}

// @ts-ignore: decorator
@inline
function moved(kept: v128, first: v128, second: v128, stepSize: v128, correction: v128, epsilon: v128): v128 {
  const deviation = f32x4.add(f32x4.sqrt(f32x4.mul(second, correction)), epsilon);
  return f32x4.sub(kept, f32x4.div(f32x4.mul(stepSize, first), deviation));
}

export function adamUpdate(
  parameters: usize, firstMoment: usize, secondMoment: usize, gradients: usize, words: usize,
  stepSizeSlot: i32, correctionSlot: i32, keptSlot: i32, size: i32,
  beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, thread: i32, threads: i32,
): void {
  const stepSize = v128.load32_splat(words + (<usize>stepSizeSlot << 2));
  const correction = v128.load32_splat(words + (<usize>correctionSlot << 2));
  const kept = v128.load32_splat(words + (<usize>keptSlot << 2));
  const keep1 = f32x4.splat(beta1);
  const keep2 = f32x4.splat(beta2);
  const take1 = f32x4.splat(rest1);
  const take2 = f32x4.splat(rest2);
  const tiny = f32x4.splat(epsilon);
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const g = v128.load(gradients + at);
    const first = blend(keep1, v128.load(firstMoment + at), take1, g);
    const second = blend(keep2, v128.load(secondMoment + at), take2, f32x4.mul(g, g));
    const rest = f32x4.mul(kept, v128.load(parameters + at));
    const parameter = moved(rest, first, second, stepSize, correction, tiny);
    if (at + 16 <= end) {
      v128.store(firstMoment + at, first);
      v128.store(secondMoment + at, second);
      v128.store(parameters + at, parameter);
    } else {
      const count = <i32>((end - at) >> 2);
      storeLanes(firstMoment + at, first, count);
      storeLanes(secondMoment + at, second, count);
      storeLanes(parameters + at, parameter, count);
    }
  }
}
