// How work is cut among threads when a fixed share is good enough.

/** First of the items of `thread`, a multiple of `grain` unless it is the end. */
// @ts-ignore: decorator
@inline
export function shareStart(items: i32, grain: i32, thread: i32, threads: i32): i32 {
  const grains = (items + grain - 1) / grain;
  return min(items, <i32>((<i64>grains * thread) / threads) * grain);
}
