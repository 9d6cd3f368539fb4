// Average-pool of NHWC images and its gradient, vectorised along the channels.
import { shareStart } from "../parallel.assembly";
import { firstWindow, storeUpTo4, Word, word } from "../pool-layout.assembly";

/**
 * Means of all channels over `rows` by `columns` pixels from `x` on, row by row: the part of a window inside of the
 * image. Strides are in bytes.
 */
function average(x: usize, y: usize, channels: i32, rowStride: usize, pixelStride: usize, rows: i32, columns: i32): void {
  const count = f32x4.splat(<f32>(rows * columns));
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    let sum = f32x4.splat(0);
    for (let row = 0; row < rows; row++) {
      let pixel = x + at + rowStride * <usize>row;
      for (let column = 0; column < columns; column++) {
        sum = f32x4.add(sum, v128.load(pixel));
        pixel += pixelStride;
      }
    }
    storeUpTo4(y + at, f32x4.div(sum, count), channels - c);
  }
}

/** One row of outputs is one piece of work. */
export function averagePool(x: usize, y: usize, geometry: usize, thread: i32, threads: i32): void {
  const height = word(geometry, Word.Height);
  const width = word(geometry, Word.Width);
  const channels = word(geometry, Word.Channels);
  const outHeight = word(geometry, Word.OutHeight);
  const outWidth = word(geometry, Word.OutWidth);
  const pixelStride = <usize>channels << 2;
  const rowStride = pixelStride * width;
  const outRows = word(geometry, Word.Batch) * outHeight;
  const end = shareStart(outRows, 1, thread + 1, threads);
  for (let row = shareStart(outRows, 1, thread, threads); row < end; row++) {
    const image = row / outHeight;
    const windowTop = (row - image * outHeight) * word(geometry, Word.StrideY) - word(geometry, Word.PadTop);
    const top = max(0, windowTop);
    const rows = min(height, windowTop + word(geometry, Word.WindowHeight)) - top;
    const source = x + rowStride * <usize>(image * height + top);
    let target = y + pixelStride * <usize>(row * outWidth);
    for (let column = 0; column < outWidth; column++) {
      const windowLeft = column * word(geometry, Word.StrideX) - word(geometry, Word.PadLeft);
      const left = max(0, windowLeft);
      const columns = min(width, windowLeft + word(geometry, Word.WindowWidth)) - left;
      average(source + pixelStride * <usize>left, target, channels, rowStride, pixelStride, rows, columns);
      target += pixelStride;
    }
  }
}

/** Pixels of the image that a window covers along one axis. */
// @ts-ignore: decorator
@inline
function covered(window: i32, windowSize: i32, stride: i32, before: i32, size: i32): i32 {
  const start = window * stride - before;
  return min(size, start + windowSize) - max(0, start);
}

/**
 * dx of one pixel, all channels, from the windows `top` to `bottom` and `left` to `right`, the ends excluded. `dy` is
 * the image's first output.
 */
function gatherShares(
  dy: usize, dx: usize, geometry: usize, top: i32, bottom: i32, left: i32, right: i32,
): void {
  const channels = word(geometry, Word.Channels);
  const outWidth = word(geometry, Word.OutWidth);
  const height = word(geometry, Word.Height);
  const width = word(geometry, Word.Width);
  const windowHeight = word(geometry, Word.WindowHeight);
  const windowWidth = word(geometry, Word.WindowWidth);
  const strideY = word(geometry, Word.StrideY);
  const strideX = word(geometry, Word.StrideX);
  const padTop = word(geometry, Word.PadTop);
  const padLeft = word(geometry, Word.PadLeft);
  for (let c = 0; c < channels; c += 4) {
    let sum = f32x4.splat(0);
    for (let i = top; i < bottom; i++) {
      const rows = covered(i, windowHeight, strideY, padTop, height);
      for (let j = left; j < right; j++) {
        const count = rows * covered(j, windowWidth, strideX, padLeft, width);
        const share = v128.load(dy + (<usize>((i * outWidth + j) * channels + c) << 2));
        sum = f32x4.add(sum, f32x4.div(share, f32x4.splat(<f32>count)));
      }
    }
    storeUpTo4(dx + (<usize>c << 2), sum, channels - c);
  }
}

/** One row of the image is one piece of work. */
export function averagePoolGradient(dy: usize, dx: usize, geometry: usize, thread: i32, threads: i32): void {
  const height = word(geometry, Word.Height);
  const width = word(geometry, Word.Width);
  const outHeight = word(geometry, Word.OutHeight);
  const outWidth = word(geometry, Word.OutWidth);
  const strideY = word(geometry, Word.StrideY);
  const strideX = word(geometry, Word.StrideX);
  const padLeft = word(geometry, Word.PadLeft);
  const pixelStride = <usize>word(geometry, Word.Channels) << 2;
  const inRows = word(geometry, Word.Batch) * height;
  const end = shareStart(inRows, 1, thread + 1, threads);
  for (let row = shareStart(inRows, 1, thread, threads); row < end; row++) {
    const image = row / height;
    const y = row - image * height + word(geometry, Word.PadTop);
    const top = firstWindow(y, word(geometry, Word.WindowHeight), strideY);
    const bottom = min(outHeight, y / strideY + 1);
    const source = dy + pixelStride * <usize>(image * outHeight * outWidth);
    let target = dx + pixelStride * <usize>(row * width);
    for (let x = padLeft; x < width + padLeft; x++) {
      const left = firstWindow(x, word(geometry, Word.WindowWidth), strideX);
      gatherShares(source, target, geometry, top, bottom, left, min(outWidth, x / strideX + 1));
      target += pixelStride;
    }
  }
}
