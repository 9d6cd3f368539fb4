// Kernels that the device's tests launch, beside the device's own. Not part of the shipped module.
export * from "./copy.assembly";

/** target[i] = value for `length` floats, split by thread. */
export function fillFloats(target: usize, length: i32, value: f32, thread: i32, threads: i32): void {
  for (let i = thread; i < length; i += threads) store<f32>(target + (<usize>i << 2), value);
}

/** target[i] = a[i] + b[length - 1 - i]: what one thread reads, others wrote. */
export function addReversed(a: usize, b: usize, target: usize, length: i32, thread: i32, threads: i32): void {
  for (let i = thread; i < length; i += threads) {
    const other = length - 1 - i;
    store<f32>(target + (<usize>i << 2), load<f32>(a + (<usize>i << 2)) + load<f32>(b + (<usize>other << 2)));
  }
}

/** target[chunk] += 1 for each chunk that the counter hands out. */
export function countChunks(target: usize, chunks: i32, counter: usize, thread: i32, threads: i32): void {
  for (let chunk = atomic.add<i32>(counter, 1); chunk < chunks; chunk = atomic.add<i32>(counter, 1)) {
    const address = target + (<usize>chunk << 2);
    store<i32>(address, load<i32>(address) + 1);
  }
}

/** Traps on the thread `victim`; on every thread if that is -1. */
export function trapOn(victim: i32, thread: i32, threads: i32): void {
  if (victim == -1 || victim == thread) unreachable();
}

/** Keeps every thread busy for `rounds` rounds. */
export function spinRounds(target: usize, rounds: i32, thread: i32, threads: i32): void {
  let x: i32 = 1;
  for (let i = 0; i < rounds; i++) x = x * 1664525 + 1013904223;
  atomic.store<i32>(target, x);
}
