// Patches: the pixels under the filter for one output pixel, as one run of filterHeight × filterWidth × groupChannels
// floats, with zeros outside of the image. They are packed for a block at a time; no image is padded or unfolded.
import { clearFloats, copyFloats, lineBytes } from "../gemm/blocks.assembly";

/** The words of a convolution in the order in which its launch writes them. */
@unmanaged
export class Geometry {
  batch: i32;
  height: i32;
  width: i32;
  channels: i32;
  filterHeight: i32;
  filterWidth: i32;
  filters: i32;
  strideY: i32;
  strideX: i32;
  /** May be negative in an input gradient: the first rows are then not looked at. */
  padTop: i32;
  padLeft: i32;
  outHeight: i32;
  outWidth: i32;
  dilationY: i32;
  dilationX: i32;
  groups: i32;
  /** Channels and filters of one group. */
  groupChannels: i32;
  groupFilters: i32;
}

/** Floats in a patch. */
// @ts-ignore: decorator
@inline
export function patchLength(g: Geometry): i32 {
  return g.filterHeight * g.filterWidth * g.groupChannels;
}

/** Pixels of the output, over all images. */
// @ts-ignore: decorator
@inline
export function pixelsOf(g: Geometry): i32 {
  return g.batch * g.outHeight * g.outWidth;
}

/**
 * Packs floats `from` to `to` of the patches of `count` output pixels from `pixel` on, one patch to a line. `x` is the
 * first image's first pixel, its first channel being that of the group.
 */
export function conv2dPackPatches(
  target: usize, x: usize, g: Geometry, pixel: i32, count: i32, from: i32, to: i32,
): void {
  if (g.groups == 1 && g.dilationX == 1) packRows(target, x, g, pixel, count, from, to);
  else packTaps(target, x, g, pixel, count, from, to);
}

/** Of one group and no dilation along the width: the taps of a filter row are one run of the image. */
function packRows(target: usize, x: usize, g: Geometry, pixel: i32, count: i32, from: i32, to: i32): void {
  const channels = g.channels;
  const width = g.width;
  const filterWidth = g.filterWidth;
  const dilationY = g.dilationY;
  const runLength = filterWidth * channels;
  const firstRun = from / runLength;
  const imageBytes = <usize>g.height * width * channels << 2;
  let column = pixel % g.outWidth;
  let row = (pixel / g.outWidth) % g.outHeight;
  let image = x + <usize>(pixel / (g.outWidth * g.outHeight)) * imageBytes;
  for (let i = 0; i < count; i++) {
    const left = column * g.strideX - g.padLeft;
    // Taps of a filter row that fall on the image: inside × channels floats from `first` on.
    const first = min(max(0, -left), filterWidth) * channels;
    const last = max(min(filterWidth, width - left) * channels, first);
    let at = target;
    let y = row * g.strideY - g.padTop + firstRun * dilationY;
    for (let start = firstRun * runLength; start < to; start += runLength) {
      const begin = max(from, start);
      const end = min(to, start + runLength);
      if (<u32>y < <u32>g.height) {
        const copyBegin = min(max(start + first, begin), end);
        const copyEnd = min(max(start + last, begin), end);
        const offset = (y * width + left) * channels + copyBegin - start;
        if (copyBegin > begin) at = clearFloats(at, copyBegin - begin);
        at = copyFloats(at, image + (<usize>offset << 2), copyEnd - copyBegin);
        if (copyEnd < end) at = clearFloats(at, end - copyEnd);
      } else {
        at = clearFloats(at, end - begin);
      }
      y += dilationY;
    }
    target += lineBytes;
    if (++column < g.outWidth) continue;
    column = 0;
    if (++row < g.outHeight) continue;
    row = 0;
    image += imageBytes;
  }
}

/** Every tap is a run of its own, of the group's channels. */
function packTaps(target: usize, x: usize, g: Geometry, pixel: i32, count: i32, from: i32, to: i32): void {
  const channels = g.groupChannels;
  const filterWidth = g.filterWidth;
  const pixelBytes = <usize>g.channels << 2;
  const imageBytes = pixelBytes * g.height * g.width;
  const firstTap = from / channels;
  const firstSkip = from - firstTap * channels;
  const firstR = firstTap / filterWidth;
  const firstS = firstTap - firstR * filterWidth;
  let column = pixel % g.outWidth;
  let row = (pixel / g.outWidth) % g.outHeight;
  let image = x + <usize>(pixel / (g.outWidth * g.outHeight)) * imageBytes;
  for (let i = 0; i < count; i++) {
    const left = column * g.strideX - g.padLeft;
    let at = target;
    let y = row * g.strideY - g.padTop + firstR * g.dilationY;
    let s = firstS;
    let skip = firstSkip;
    for (let start = from; start < to; ) {
      const run = min(channels - skip, to - start);
      const tapX = left + s * g.dilationX;
      if (<u32>y < <u32>g.height && <u32>tapX < <u32>g.width) {
        at = copyFloats(at, image + <usize>(y * g.width + tapX) * pixelBytes + (<usize>skip << 2), run);
      } else {
        at = clearFloats(at, run);
      }
      start += run;
      skip = 0;
      if (++s < filterWidth) continue;
      s = 0;
      y += g.dilationY;
    }
    target += lineBytes;
    if (++column < g.outWidth) continue;
    column = 0;
    if (++row < g.outHeight) continue;
    row = 0;
    image += imageBytes;
  }
}
