// Stochastic gradient descent in place, the learning rate from a slot of the step words.
import { shareStart } from "../parallel.assembly";
import { storeLanes } from "../store-lanes.assembly";

// @ts-ignore: decorator
@inline
function store(address: usize, value: v128, bytesLeft: usize): void {
  if (bytesLeft >= 16) v128.store(address, value);
  else storeLanes(address, value, <i32>(bytesLeft >> 2));
}

/** p = p - rate g */
export function sgdUpdate(
  parameters: usize, gradients: usize, words: usize, rateSlot: i32, size: i32, thread: i32, threads: i32,
): void {
  const rate = v128.load32_splat(words + (<usize>rateSlot << 2));
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const step = f32x4.mul(rate, v128.load(gradients + at));
    store(parameters + at, f32x4.sub(v128.load(parameters + at), step), end - at);
  }
}

/** v = momentum v + g, p = p - rate v; with Nesterov p = p - rate (g + momentum v). */
export function sgdMomentumUpdate(
  parameters: usize, velocity: usize, gradients: usize, words: usize, rateSlot: i32, size: i32,
  momentum: f32, nesterov: i32, thread: i32, threads: i32,
): void {
  const rate = v128.load32_splat(words + (<usize>rateSlot << 2));
  const keep = f32x4.splat(momentum);
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const g = v128.load(gradients + at);
    const v = f32x4.add(f32x4.mul(keep, v128.load(velocity + at)), g);
    const direction = nesterov ? f32x4.add(g, f32x4.mul(keep, v)) : v;
    store(velocity + at, v, end - at);
    store(parameters + at, f32x4.sub(v128.load(parameters + at), f32x4.mul(rate, direction)), end - at);
  }
}
