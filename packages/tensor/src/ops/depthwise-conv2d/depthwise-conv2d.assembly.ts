// One plane of a depthwise convolution: y = activation(bias + Σ over taps of x · filter), vectorised over channels.
//
// The input gradient is the same with dy for x and the taps flipped, once for each phase of the stride.
//
// Windows that lie inside of the image along the width are computed four at a time, in registers; taps outside of it
// along the height are the first or last ones of the table and left out. Channels past the end are computed from
// whatever follows and not stored.
import { activate } from "../gemm/blocks.assembly";
import { shareStart } from "../parallel.assembly";
import { store8, storeLanes } from "../store-lanes.assembly";
import { multiplyAdd } from "../vector-math.assembly";
import {
  channelBlock,
  endTap,
  endWholeColumn,
  firstTap,
  firstWholeColumn,
  Geometry,
  tapBytes,
} from "./windows.assembly";

/** Where pixels of the result go, in pixels: one dense image, or one phase of a gradient. */
@unmanaged
class Placement {
  image: i32;
  row: i32;
  column: i32;
  first: i32;
}

// @ts-ignore: decorator
@inline
function loadStart(start: usize, offset: usize): v128 {
  return start ? v128.load(start + offset) : f32x4.splat(0);
}

/**
 * Eight channels of four windows, `step` bytes apart in x and `stepY` in y. `start` is where sums begin (the bias, with
 * `startStep` 0, or y itself), or 0. One loop, accumulators loaded before it, and exported: see the tiles of gemm.
 */
export function depthwiseConv2dTile(
  x: usize, step: usize, filter: usize, taps: usize, tapsEnd: usize, start: usize, startStep: usize,
  y: usize, stepY: usize, count: i32,
): void {
  let a0 = loadStart(start, 0);
  let a1 = loadStart(start, 16);
  let b0 = loadStart(start, startStep);
  let b1 = loadStart(start, startStep + 16);
  let c0 = loadStart(start, 2 * startStep);
  let c1 = loadStart(start, 2 * startStep + 16);
  let d0 = loadStart(start, 3 * startStep);
  let d1 = loadStart(start, 3 * startStep + 16);
  for (; taps < tapsEnd; taps += tapBytes) {
    let at = x + load<u32>(taps);
    const weights = filter + load<u32>(taps, 4);
    const w0 = v128.load(weights);
    const w1 = v128.load(weights, 16);
    a0 = multiplyAdd(v128.load(at), w0, a0);
    a1 = multiplyAdd(v128.load(at, 16), w1, a1);
    at += step;
    b0 = multiplyAdd(v128.load(at), w0, b0);
    b1 = multiplyAdd(v128.load(at, 16), w1, b1);
    at += step;
    c0 = multiplyAdd(v128.load(at), w0, c0);
    c1 = multiplyAdd(v128.load(at, 16), w1, c1);
    at += step;
    d0 = multiplyAdd(v128.load(at), w0, d0);
    d1 = multiplyAdd(v128.load(at, 16), w1, d1);
  }
  store8(y, a0, a1, count);
  store8(y + stepY, b0, b1, count);
  store8(y + 2 * stepY, c0, c1, count);
  store8(y + 3 * stepY, d0, d1, count);
}

/** Eight channels of one window, taps `sFirst` to `sEnd` of the rows from `taps` to `tapsEnd`, `rowBytes` apart. */
function convolveWindow(
  x: usize, filter: usize, taps: usize, tapsEnd: usize, rowBytes: usize, sFirst: usize, sEnd: usize,
  start: usize, y: usize, count: i32,
): void {
  let low = loadStart(start, 0);
  let high = loadStart(start, 16);
  for (; taps < tapsEnd; taps += rowBytes) {
    for (let tap = taps + sFirst * tapBytes; tap < taps + sEnd * tapBytes; tap += tapBytes) {
      const at = x + load<u32>(tap);
      const weights = filter + load<u32>(tap, 4);
      low = multiplyAdd(v128.load(at), v128.load(weights), low);
      high = multiplyAdd(v128.load(at, 16), v128.load(weights, 16), high);
    }
  }
  store8(y, low, high, count);
}

function activateRow(y: usize, count: i32, activation: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(y, activate(v128.load(y), activation));
    y += 16;
  }
  if (count > 0) storeLanes(y, activate(v128.load(y), activation), count);
}

/**
 * @param bias [channels], or 0
 * @param activation 0 none, 1 relu, 2 elu; with others than 0, the columns of the placement follow one another
 * @param add 1 to add to what y holds, in place of the bias
 */
export function depthwiseConv2d(
  x: usize, filter: usize, bias: usize, y: usize, geometry: usize, taps: usize, placement: usize,
  activation: i32, add: i32, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const p = changetype<Placement>(placement);
  const pixelBytes = <usize>g.channels << 2;
  const outRows = g.batch * g.outHeight;
  const end = shareStart(outRows, 1, thread + 1, threads);
  for (let outRow = shareStart(outRows, 1, thread, threads); outRow < end; outRow++) {
    const image = outRow / g.outHeight;
    const i = outRow - image * g.outHeight;
    const top = i * g.strideY - g.padTop;
    const row = x + <usize>((image * g.height + top) * g.width) * pixelBytes;
    const target = y + <usize>(p.first + image * p.image + i * p.row) * pixelBytes;
    const rowTaps = <usize>g.filterWidth * tapBytes;
    const first = taps + <usize>firstTap(top, g.dilationY, g.filterHeight) * rowTaps;
    const last = taps + <usize>endTap(top, g.dilationY, g.filterHeight, g.height) * rowTaps;
    convolveRow(row, filter, bias, target, g, first, last, <usize>p.column * pixelBytes, add);
    if (activation) activateRow(target, g.outWidth * g.channels, activation);
  }
}

/** One row of outputs, `step` bytes apart. `x` is the first pixel of the image's row at which the windows begin. */
function convolveRow(
  x: usize, filter: usize, bias: usize, y: usize, g: Geometry, taps: usize, tapsEnd: usize, step: usize, add: i32,
): void {
  const pixelBytes = <usize>g.channels << 2;
  const rowTaps = <usize>g.filterWidth * tapBytes;
  const firstWhole = firstWholeColumn(g);
  const endWhole = endWholeColumn(g, firstWhole);
  for (let j = 0; j < g.outWidth; ) {
    const left = j * g.strideX - g.padLeft;
    const source = x + <usize>left * pixelBytes;
    const four = j >= firstWhole && j + 4 <= endWhole;
    const sFirst = firstTap(left, g.dilationX, g.filterWidth);
    const sEnd = endTap(left, g.dilationX, g.filterWidth, g.width);
    for (let c = 0; c < g.channels; c += channelBlock) {
      const at = <usize>c << 2;
      const start = add ? y + at : bias ? bias + at : 0;
      const count = g.channels - c;
      if (four) {
        const windowStep = <usize>g.strideX * pixelBytes;
        const startStep = add ? step : 0;
        depthwiseConv2dTile(source + at, windowStep, filter + at, taps, tapsEnd, start, startStep, y + at, step, count);
      } else {
        convolveWindow(source + at, filter + at, taps, tapsEnd, rowTaps, sFirst, sEnd, start, y + at, count);
      }
    }
    const advance = four ? 4 : 1;
    j += advance;
    y += <usize>advance * step;
  }
}
