// Resampling of NHWC images and its gradient, vectorised along the channels.
//
// Along each axis output i lies at the place n / divisor of the image, n = max(0, i · step + offset), all whole numbers.
// A bilinear output takes the pixel before its place and the one after, 1 − f and f of them, f being what n / divisor
// leaves.
import { shareStart } from "../parallel.assembly";
import { store8 } from "../store-lanes.assembly";
import { multiplyAdd } from "../vector-math.assembly";

/** The words of an axis. */
@unmanaged
class Axis {
  size: i32;
  step: i32;
  offset: i32;
  divisor: i32;
}

/** The words of a resampling; its axes, of height and of width, follow them. */
@unmanaged
class Geometry {
  batch: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
}

/** Channels that are computed at once. */
const channelBlock: i32 = 8;

// @ts-ignore: decorator
@inline
function heightOf(geometry: usize): Axis {
  return changetype<Axis>(geometry + 16);
}

// @ts-ignore: decorator
@inline
function widthOf(geometry: usize): Axis {
  return changetype<Axis>(geometry + 32);
}

/** Where an output lies, times the divisor. */
// @ts-ignore: decorator
@inline
function placeOf(axis: Axis, i: i32): i32 {
  return max(0, i * axis.step + axis.offset);
}

/** One row of outputs is one piece of work. */
export function upsample2dNearest(x: usize, y: usize, geometry: usize, thread: i32, threads: i32): void {
  const g = changetype<Geometry>(geometry);
  const down = heightOf(geometry);
  const across = widthOf(geometry);
  const pixelBytes = <usize>g.channels << 2;
  const outRows = g.batch * g.outHeight;
  const end = shareStart(outRows, 1, thread + 1, threads);
  for (let row = shareStart(outRows, 1, thread, threads); row < end; row++) {
    const image = row / g.outHeight;
    const v = placeOf(down, row - image * g.outHeight) / down.divisor;
    const source = x + <usize>((image * down.size + v) * across.size) * pixelBytes;
    let target = y + <usize>(row * g.outWidth) * pixelBytes;
    for (let j = 0; j < g.outWidth; j++) {
      const pixel = source + <usize>(placeOf(across, j) / across.divisor) * pixelBytes;
      for (let c = 0; c < g.channels; c += channelBlock) {
        const at = <usize>c << 2;
        store8(target + at, v128.load(pixel + at), v128.load(pixel + at, 16), g.channels - c);
      }
      target += pixelBytes;
    }
  }
}

/** a + (b − a) t */
// @ts-ignore: decorator
@inline
function mix(a: v128, b: v128, t: v128): v128 {
  return multiplyAdd(f32x4.sub(b, a), t, a);
}

/** One pixel, all channels, from the pixels `left` and `right` of the row `top`, and of one `below` bytes further. */
function mixPixels(y: usize, top: usize, below: usize, left: usize, right: usize, fy: f32, fx: f32, channels: i32): void {
  const down = f32x4.splat(fy);
  const across = f32x4.splat(fx);
  for (let c = 0; c < channels; c += channelBlock) {
    const at = top + (<usize>c << 2);
    const a = at + left;
    const b = at + right;
    const low = mix(v128.load(a), v128.load(b), across);
    const high = mix(v128.load(a, 16), v128.load(b, 16), across);
    const lowBelow = mix(v128.load(a + below), v128.load(b + below), across);
    const highBelow = mix(v128.load(a + below, 16), v128.load(b + below, 16), across);
    store8(y + (<usize>c << 2), mix(low, lowBelow, down), mix(high, highBelow, down), channels - c);
  }
}

/** One row of outputs is one piece of work. */
export function upsample2dBilinear(x: usize, y: usize, geometry: usize, thread: i32, threads: i32): void {
  const g = changetype<Geometry>(geometry);
  const down = heightOf(geometry);
  const across = widthOf(geometry);
  const pixelBytes = <usize>g.channels << 2;
  const rowBytes = pixelBytes * across.size;
  const outRows = g.batch * g.outHeight;
  const end = shareStart(outRows, 1, thread + 1, threads);
  for (let row = shareStart(outRows, 1, thread, threads); row < end; row++) {
    const image = row / g.outHeight;
    const place = placeOf(down, row - image * g.outHeight);
    const v = place / down.divisor;
    const fy = <f32>(place - v * down.divisor) / <f32>down.divisor;
    const top = x + <usize>(image * down.size + v) * rowBytes;
    const below = v + 1 < down.size ? rowBytes : 0;
    let target = y + <usize>(row * g.outWidth) * pixelBytes;
    for (let j = 0; j < g.outWidth; j++) {
      const place = placeOf(across, j);
      const u = place / across.divisor;
      const fx = <f32>(place - u * across.divisor) / <f32>across.divisor;
      const left = <usize>u * pixelBytes;
      const right = u + 1 < across.size ? left + pixelBytes : left;
      mixPixels(target, top, below, left, right, fy, fx, g.channels);
      target += pixelBytes;
    }
  }
}

/** The first output that pixel v has a share in: bilinear, its place is beyond v − 1; nearest, not before v. */
// @ts-ignore: decorator
@inline
function firstOutput(axis: Axis, v: i32, bilinear: i32): i32 {
  const beyond = v * axis.divisor - axis.offset - (bilinear ? axis.divisor : 1);
  return beyond < 0 ? 0 : beyond / axis.step + 1;
}

/** The first output past those that pixel v has a share in: its place is not before v + 1. */
// @ts-ignore: decorator
@inline
function endOutput(axis: Axis, v: i32, outSize: i32): i32 {
  return min(outSize, ((v + 1) * axis.divisor - axis.offset + axis.step - 1) / axis.step);
}

/** The share of pixel v in output i: what its distance leaves of 1. The last pixel is all there is beyond it. */
// @ts-ignore: decorator
@inline
function shareOf(axis: Axis, v: i32, i: i32, bilinear: i32): f32 {
  if (!bilinear) return 1;
  const distance = placeOf(axis, i) - v * axis.divisor;
  if (distance > 0 && v == axis.size - 1) return 1;
  return <f32>(axis.divisor - abs(distance)) / <f32>axis.divisor;
}

/** dx of one pixel, all channels, from the outputs `top` to `bottom` and `left` to `right` of the image at `dy`. */
function gatherShares(
  dy: usize, dx: usize, geometry: usize, v: i32, u: i32, top: i32, bottom: i32, left: i32, right: i32, bilinear: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const down = heightOf(geometry);
  const across = widthOf(geometry);
  const channels = g.channels;
  const pixelBytes = <usize>channels << 2;
  for (let c = 0; c < channels; c += channelBlock) {
    let low = f32x4.splat(0);
    let high = f32x4.splat(0);
    for (let i = top; i < bottom; i++) {
      const shareY = shareOf(down, v, i, bilinear);
      let at = dy + <usize>(i * g.outWidth + left) * pixelBytes + (<usize>c << 2);
      for (let j = left; j < right; j++) {
        const share = f32x4.splat(shareY * shareOf(across, u, j, bilinear));
        low = multiplyAdd(v128.load(at), share, low);
        high = multiplyAdd(v128.load(at, 16), share, high);
        at += pixelBytes;
      }
    }
    store8(dx + (<usize>c << 2), low, high, channels - c);
  }
}

/** One row of the image is one piece of work. */
export function upsample2dGradient(
  dy: usize, dx: usize, geometry: usize, bilinear: i32, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const down = heightOf(geometry);
  const across = widthOf(geometry);
  const pixelBytes = <usize>g.channels << 2;
  const rows = g.batch * down.size;
  const end = shareStart(rows, 1, thread + 1, threads);
  for (let row = shareStart(rows, 1, thread, threads); row < end; row++) {
    const image = row / down.size;
    const v = row - image * down.size;
    const top = firstOutput(down, v, bilinear);
    const bottom = endOutput(down, v, g.outHeight);
    const source = dy + <usize>(image * g.outHeight * g.outWidth) * pixelBytes;
    let target = dx + <usize>(row * across.size) * pixelBytes;
    for (let u = 0; u < across.size; u++) {
      const left = firstOutput(across, u, bilinear);
      const right = endOutput(across, u, g.outWidth);
      gatherShares(source, target, geometry, v, u, top, bottom, left, right, bilinear);
      target += pixelBytes;
    }
  }
}
