// The end of a row that is no multiple of four. Reading past it is safe, writing is not.

/** Stores the first `count` lanes, 1 to 3. */
// @ts-ignore: decorator
@inline
export function storeLanes(address: usize, value: v128, count: i32): void {
  v128.store32_lane(address, value, 0);
  if (count > 1) v128.store32_lane(address, value, 1, 4);
  if (count > 2) v128.store32_lane(address, value, 2, 8);
}
