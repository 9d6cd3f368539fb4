// Parts of vectors of four float32 or int32 lanes, for the ends of rows.
import { storeLanes } from "../store-lanes.assembly";

/** All ones in the first `count` lanes. */
// @ts-ignore: decorator
@inline
export function laneMask(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** Stores the first `count` lanes, all four where `count` is 4 or more. */
// @ts-ignore: decorator
@inline
export function storePart(address: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(address, value);
  else storeLanes(address, value, count);
}

/** Sum of the lanes, in pairs. */
// @ts-ignore: decorator
@inline
export function sumLanes(value: v128): f32 {
  const pairs = f32x4.add(value, i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Greatest of the lanes; NaN if one is. */
// @ts-ignore: decorator
@inline
export function maxLanes(value: v128): f32 {
  const pairs = f32x4.max(value, i8x16.shuffle(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}
