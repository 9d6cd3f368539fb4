// A box of each image, bilinearly at another size. x is [batch, height, width, channels], boxes is [batch, 5] (top, left,
// height, width, mirrored), y is [batch, outHeight, outWidth, channels].
import { shareStart } from "../parallel.assembly";

/** In units of half an output pixel, shifted by one pixel so that it is not negative. */
// @ts-ignore: decorator
@inline
function positionAt(i: i32, size: i32, outSize: i32): i32 {
  return (2 * i + 1) * size + outSize;
}

/** The pixels' place along an axis, `step` after the position's own, held within the box. */
// @ts-ignore: decorator
@inline
function tapAt(position: i32, step: i32, start: i32, size: i32, outSize: i32): i32 {
  return start + max(0, min(size - 1, position / (2 * outSize) - 1 + step));
}

// @ts-ignore: decorator
@inline
function weightAt(position: i32, outSize: i32): f32 {
  const units = 2 * outSize;
  return <f32>(position % units) / <f32>units;
}

/** Where a row of the image begins; 0 for one that it does not have. */
// @ts-ignore: decorator
@inline
function rowAt(image: usize, row: i32, height: i32, rowBytes: usize): usize {
  return row >= 0 && row < height ? image + <usize>row * rowBytes : 0;
}

/** Where a pixel is: the fill's for one that the image does not have. */
// @ts-ignore: decorator
@inline
function pixelAt(row: usize, column: i32, width: i32, bytes: usize, fill: usize): usize {
  return row != 0 && column >= 0 && column < width ? row + <usize>column * bytes : fill;
}

/** a itself where the weight is 0: a sum would lose the sign of -0, and b may be as far away as to overflow. */
// @ts-ignore: decorator
@inline
function between(a: f32, b: f32, weight: f32): f32 {
  return weight == 0 ? a : a + weight * (b - a);
}

export function cropAndResize(
  x: usize, boxes: usize, fill: usize, y: usize, batch: i32, height: i32, width: i32, channels: i32,
  outHeight: i32, outWidth: i32, thread: i32, threads: i32,
): void {
  const bytes = <usize>channels << 2;
  const rowBytes = bytes * <usize>width;
  const end = shareStart(batch * outHeight, 1, thread + 1, threads);
  for (let line = shareStart(batch * outHeight, 1, thread, threads); line < end; line++) {
    const image = line / outHeight;
    const box = boxes + <usize>(image * 20);
    const left = load<i32>(box + 4);
    const boxHeight = load<i32>(box + 8);
    const boxWidth = load<i32>(box + 12);
    const mirrored = load<i32>(box + 16) != 0;
    const empty = boxHeight <= 0 || boxWidth <= 0;
    const pixels = x + <usize>(image * height) * rowBytes;
    const position = positionAt(line - image * outHeight, boxHeight, outHeight);
    const down = weightAt(position, outHeight);
    const top = load<i32>(box);
    const above = empty ? 0 : rowAt(pixels, tapAt(position, 0, top, boxHeight, outHeight), height, rowBytes);
    const below = empty ? 0 : rowAt(pixels, tapAt(position, 1, top, boxHeight, outHeight), height, rowBytes);
    let target = y + <usize>(line * outWidth) * bytes;
    for (let j = 0; j < outWidth; j++, target += bytes) {
      const column = positionAt(mirrored ? outWidth - 1 - j : j, boxWidth, outWidth);
      const across = weightAt(column, outWidth);
      const first = tapAt(column, 0, left, boxWidth, outWidth);
      const second = tapAt(column, 1, left, boxWidth, outWidth);
      const a = pixelAt(above, first, width, bytes, fill);
      const b = pixelAt(above, second, width, bytes, fill);
      const d = pixelAt(below, first, width, bytes, fill);
      const e = pixelAt(below, second, width, bytes, fill);
      for (let c = <usize>0; c < bytes; c += 4) {
        const upper = between(load<f32>(a + c), load<f32>(b + c), across);
        const lower = between(load<f32>(d + c), load<f32>(e + c), across);
        store<f32>(target + c, between(upper, lower, down));
      }
    }
  }
}
