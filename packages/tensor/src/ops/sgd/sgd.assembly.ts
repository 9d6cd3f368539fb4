// Stochastic gradient descent in place: rate, decay and kept from slots of the step words.
import { shareStart } from "../parallel.assembly";
import { storeLanes } from "../store-lanes.assembly";

// @ts-ignore: decorator
@inline
function store(address: usize, value: v128, bytesLeft: usize): void {
  if (bytesLeft >= 16) v128.store(address, value);
  else storeLanes(address, value, <i32>(bytesLeft >> 2));
}

/** g = gradient + decay p, p = kept p - rate g */
export function sgdUpdate(
  parameters: usize, gradients: usize, words: usize, rateSlot: i32, decaySlot: i32, keptSlot: i32, size: i32,
  thread: i32, threads: i32,
): void {
  const rate = v128.load32_splat(words + (<usize>rateSlot << 2));
  const decay = v128.load32_splat(words + (<usize>decaySlot << 2));
  const kept = v128.load32_splat(words + (<usize>keptSlot << 2));
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const p = v128.load(parameters + at);
    const g = f32x4.add(v128.load(gradients + at), f32x4.mul(decay, p));
    store(parameters + at, f32x4.sub(f32x4.mul(kept, p), f32x4.mul(rate, g)), end - at);
  }
}

/** As above with v = momentum v + g, p = kept p - rate v; with Nesterov p = kept p - rate (g + momentum v). */
export function sgdMomentumUpdate(
  parameters: usize, velocity: usize, gradients: usize, words: usize, rateSlot: i32, decaySlot: i32, keptSlot: i32,
  size: i32, momentum: f32, nesterov: i32, thread: i32, threads: i32,
): void {
  const rate = v128.load32_splat(words + (<usize>rateSlot << 2));
  const decay = v128.load32_splat(words + (<usize>decaySlot << 2));
  const kept = v128.load32_splat(words + (<usize>keptSlot << 2));
  const keep = f32x4.splat(momentum);
  const end = <usize>shareStart(size, 16, thread + 1, threads) << 2;
  for (let at = <usize>shareStart(size, 16, thread, threads) << 2; at < end; at += 16) {
    const p = v128.load(parameters + at);
    const g = f32x4.add(v128.load(gradients + at), f32x4.mul(decay, p));
    const v = f32x4.add(f32x4.mul(keep, v128.load(velocity + at)), g);
    const direction = nesterov ? f32x4.add(g, f32x4.mul(keep, v)) : v;
    store(velocity + at, v, end - at);
    store(parameters + at, f32x4.sub(f32x4.mul(kept, p), f32x4.mul(rate, direction)), end - at);
  }
}
