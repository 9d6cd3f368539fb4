// Where the windows of a depthwise convolution lie on an image.
//
// A table of taps has two words for each tap, row by row: the bytes from a window's first pixel to the tap's, and from
// the filter's first weights to the tap's.

/** The words of a depthwise convolution in the order in which its launch writes them. */
@unmanaged
export class Geometry {
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  filterHeight: i32;
  filterWidth: i32;
  strideY: i32;
  strideX: i32;
  dilationY: i32;
  dilationX: i32;
  /** May be negative in an input gradient: the first rows are then not looked at. */
  padTop: i32;
  padLeft: i32;
  outHeight: i32;
  outWidth: i32;
}

/** Bytes of a tap in the table of taps. */
export const tapBytes: usize = 8;

/** Channels that are computed at once. */
export const channelBlock: i32 = 8;

/** The first of `taps` taps that does not lie in front of an axis, for a window that starts at `start`. */
// @ts-ignore: decorator
@inline
export function firstTap(start: i32, dilation: i32, taps: i32): i32 {
  return start < 0 ? min(taps, (dilation - 1 - start) / dilation) : 0;
}

/** The first of `taps` taps that lies past an axis of `size`, for a window that starts at `start`. */
// @ts-ignore: decorator
@inline
export function endTap(start: i32, dilation: i32, taps: i32, size: i32): i32 {
  return start < size ? min(taps, (size - start + dilation - 1) / dilation) : 0;
}

/** The first column whose window does not begin in front of the image. */
// @ts-ignore: decorator
@inline
export function firstWholeColumn(g: Geometry): i32 {
  return g.padLeft > 0 ? min(g.outWidth, (g.padLeft + g.strideX - 1) / g.strideX) : 0;
}

/** The first column, not before `first`, whose window ends past the image. */
// @ts-ignore: decorator
@inline
export function endWholeColumn(g: Geometry, first: i32): i32 {
  const room = g.width - 1 - (g.filterWidth - 1) * g.dilationX + g.padLeft;
  return max(first, room < 0 ? 0 : min(g.outWidth, room / g.strideX + 1));
}
