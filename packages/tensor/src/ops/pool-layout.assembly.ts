// What the poolings have in common.
//
// `geometry` is the address of twelve words.
import { storeLanes } from "./store-lanes.assembly";

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

/** The first window that reaches a pixel `offset` from the first window's start. */
// @ts-ignore: decorator
@inline
export function firstWindow(offset: i32, windowSize: i32, stride: i32): i32 {
  return max(0, (offset - windowSize + stride) / stride);
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
