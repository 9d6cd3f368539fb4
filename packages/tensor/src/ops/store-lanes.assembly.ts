// The end of a row that is no multiple of four. Reading past it is safe, writing is not.

/** Stores the first `count` lanes, 1 to 3. */
// @ts-ignore: decorator
@inline
export function storeLanes(address: usize, value: v128, count: i32): void {
  v128.store32_lane(address, value, 0);
  if (count > 1) v128.store32_lane(address, value, 1, 4);
  if (count > 2) v128.store32_lane(address, value, 2, 8);
}

/** Stores the first `count` of eight lanes, all of them where `count` is 8 or more. */
// @ts-ignore: decorator
@inline
export function store8(address: usize, low: v128, high: v128, count: i32): void {
  if (count >= 8) {
    v128.store(address, low);
    v128.store(address, high, 16);
  } else if (count > 4) {
    v128.store(address, low);
    storeLanes(address + 16, high, count - 4);
  } else if (count == 4) {
    v128.store(address, low);
  } else {
    storeLanes(address, low, count);
  }
}
