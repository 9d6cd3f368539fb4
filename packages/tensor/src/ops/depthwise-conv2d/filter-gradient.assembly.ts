// One plane of a depthwise filter's gradient: dfilter[r, s, c] = Σ over images and outputs of x · dy.
//
// The rows of outputs are cut into parts, each with a sum of its own; the parts are added in order afterwards. How many
// parts there are depends on the shape alone, so the bits do not depend on the threads.
import { store8 } from "../store-lanes.assembly";
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

/**
 * Adds x · dy, eight channels, over the outputs from `dy` to `dyEnd`, to the sums of three taps. The taps may be the same
 * one: each then stores the same sum.
 */
export function depthwiseConv2dThreeTaps(
  x0: usize, x1: usize, x2: usize, step: usize, dy: usize, dyEnd: usize, stepY: usize,
  sum0: usize, sum1: usize, sum2: usize, count: i32,
): void {
  let a0 = v128.load(sum0);
  let a1 = v128.load(sum0, 16);
  let b0 = v128.load(sum1);
  let b1 = v128.load(sum1, 16);
  let c0 = v128.load(sum2);
  let c1 = v128.load(sum2, 16);
  for (; dy < dyEnd; dy += stepY) {
    const g0 = v128.load(dy);
    const g1 = v128.load(dy, 16);
    a0 = multiplyAdd(v128.load(x0), g0, a0);
    a1 = multiplyAdd(v128.load(x0, 16), g1, a1);
    b0 = multiplyAdd(v128.load(x1), g0, b0);
    b1 = multiplyAdd(v128.load(x1, 16), g1, b1);
    c0 = multiplyAdd(v128.load(x2), g0, c0);
    c1 = multiplyAdd(v128.load(x2, 16), g1, c1);
    x0 += step;
    x1 += step;
    x2 += step;
  }
  store8(sum0, a0, a1, count);
  store8(sum1, b0, b1, count);
  store8(sum2, c0, c1, count);
}

/** The outputs of a row whose windows lie inside of the image along the width, three taps at a time. */
function addWholeWindows(
  x: usize, dy: usize, sums: usize, g: Geometry, taps: usize, tapsEnd: usize, columns: i32, count: i32,
): void {
  const pixelBytes = <usize>g.channels << 2;
  const step = <usize>g.strideX * pixelBytes;
  const dyEnd = dy + <usize>columns * pixelBytes;
  for (; taps < tapsEnd; taps += 3 * tapBytes) {
    const second = min(taps + tapBytes, tapsEnd - tapBytes);
    const third = min(taps + 2 * tapBytes, tapsEnd - tapBytes);
    depthwiseConv2dThreeTaps(
      x + load<u32>(taps), x + load<u32>(second), x + load<u32>(third), step, dy, dyEnd, pixelBytes,
      sums + load<u32>(taps, 4), sums + load<u32>(second, 4), sums + load<u32>(third, 4), count,
    );
  }
}

/** One output whose window reaches out of the image: the taps that do not. */
function addWindow(
  x: usize, dy: usize, sums: usize, g: Geometry, taps: usize, tapsEnd: usize, left: i32, count: i32,
): void {
  const sFirst = <usize>firstTap(left, g.dilationX, g.filterWidth);
  const sEnd = <usize>endTap(left, g.dilationX, g.filterWidth, g.width);
  const low = v128.load(dy);
  const high = v128.load(dy, 16);
  for (; taps < tapsEnd; taps += <usize>g.filterWidth * tapBytes) {
    for (let tap = taps + sFirst * tapBytes; tap < taps + sEnd * tapBytes; tap += tapBytes) {
      const at = x + load<u32>(tap);
      const sum = sums + load<u32>(tap, 4);
      const sumLow = multiplyAdd(v128.load(at), low, v128.load(sum));
      const sumHigh = multiplyAdd(v128.load(at, 16), high, v128.load(sum, 16));
      store8(sum, sumLow, sumHigh, count);
    }
  }
}

/** One row of outputs, all channels. */
function addRow(x: usize, dy: usize, sums: usize, g: Geometry, taps: usize, tapsEnd: usize): void {
  const pixelBytes = <usize>g.channels << 2;
  const firstWhole = firstWholeColumn(g);
  const endWhole = endWholeColumn(g, firstWhole);
  for (let c = 0; c < g.channels; c += channelBlock) {
    const at = <usize>c << 2;
    const count = g.channels - c;
    for (let j = 0; j < g.outWidth; ) {
      const left = j * g.strideX - g.padLeft;
      const source = x + <usize>left * pixelBytes + at;
      const gradient = dy + <usize>j * pixelBytes + at;
      if (j == firstWhole && j < endWhole) {
        addWholeWindows(source, gradient, sums + at, g, taps, tapsEnd, endWhole - j, count);
        j = endWhole;
      } else {
        addWindow(source, gradient, sums + at, g, taps, tapsEnd, left, count);
        j++;
      }
    }
  }
}

/**
 * @param parts filter gradients [filterHeight, filterWidth, channels] to be added, one after the other
 * @param partRows rows of outputs to a part
 * @param counter hands out parts
 */
export function depthwiseConv2dFilterGradientParts(
  x: usize, dy: usize, parts: usize, geometry: usize, taps: usize, partRows: i32, counter: usize,
  thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const pixelBytes = <usize>g.channels << 2;
  const rowTaps = <usize>g.filterWidth * tapBytes;
  const size = <usize>(g.filterHeight * g.filterWidth) * pixelBytes;
  const rows = g.batch * g.outHeight;
  const count = max(1, (rows + partRows - 1) / partRows);
  for (let part = atomic.add<i32>(counter, 1); part < count; part = atomic.add<i32>(counter, 1)) {
    const sums = parts + <usize>part * size;
    memory.fill(sums, 0, size);
    const end = min(rows, (part + 1) * partRows);
    for (let row = part * partRows; row < end; row++) {
      const image = row / g.outHeight;
      const top = (row - image * g.outHeight) * g.strideY - g.padTop;
      const first = taps + <usize>firstTap(top, g.dilationY, g.filterHeight) * rowTaps;
      const last = taps + <usize>endTap(top, g.dilationY, g.filterHeight, g.height) * rowTaps;
      const source = x + <usize>((image * g.height + top) * g.width) * pixelBytes;
      addRow(source, dy + <usize>(row * g.outWidth) * pixelBytes, sums, g, first, last);
    }
  }
}
