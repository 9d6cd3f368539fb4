// What max-pool and its gradient have in common.
//
// `geometry` is the address of twelve words. A position numbers the pixels of a window row by row from 0, padding
// included.
import { storeLanes } from "../store-lanes.assembly";

export const enum Word {
  Batch,
  Height,
  Width,
  Channels,
  OutHeight,
  OutWidth,
  WindowHeight,
  WindowWidth,
  StrideY,
  StrideX,
  PadTop,
  PadLeft,
}

// @ts-ignore: decorator
@inline
export function word(geometry: usize, index: Word): i32 {
  return load<i32>(geometry + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function storeUpTo4(address: usize, value: v128, channelsLeft: i32): void {
  if (channelsLeft >= 4) v128.store(address, value);
  else storeLanes(address, value, channelsLeft);
}

// @ts-ignore: decorator
@inline
export function store16(address: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(address, a);
  v128.store(address, b, 16);
  v128.store(address, c, 32);
  v128.store(address, d, 48);
}
