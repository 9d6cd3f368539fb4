// Gradient of max-pool, vectorised along the channels: every pixel gathers from the windows that cover it.
//
// A position numbers the pixels of a window row by row from 0, padding included.
import { shareStart } from "../parallel.assembly";
import { firstWindow, store16, storeUpTo4, Word, word } from "../pool-layout.assembly";

/**
 * dx of sixteen channels of one pixel: sums dy over the windows, `rows` by `columns` of them, whose maximum it is. Its
 * position is `position` in the first of them, and smaller by `stepY` or `stepX` from one to the next.
 */
function gather16(
  dy: usize, positions: usize, dx: usize, rowStride: usize, pixelStride: usize,
  rows: i32, columns: i32, position: i32, stepY: i32, stepX: i32,
): void {
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  for (let row = 0; row < rows; row++) {
    let at: usize = 0;
    let own = i32x4.splat(position);
    for (let column = 0; column < columns; column++) {
      sum0 = f32x4.add(sum0, v128.and(v128.load(dy + at), i32x4.eq(v128.load(positions + at), own)));
      sum1 = f32x4.add(sum1, v128.and(v128.load(dy + at, 16), i32x4.eq(v128.load(positions + at, 16), own)));
      sum2 = f32x4.add(sum2, v128.and(v128.load(dy + at, 32), i32x4.eq(v128.load(positions + at, 32), own)));
      sum3 = f32x4.add(sum3, v128.and(v128.load(dy + at, 48), i32x4.eq(v128.load(positions + at, 48), own)));
      own = i32x4.sub(own, i32x4.splat(stepX));
      at += pixelStride;
    }
    position -= stepY;
    dy += rowStride;
    positions += rowStride;
  }
  store16(dx, sum0, sum1, sum2, sum3);
}

/** The same of up to four channels. */
function gather4(
  dy: usize, positions: usize, dx: usize, channelsLeft: i32, rowStride: usize, pixelStride: usize,
  rows: i32, columns: i32, position: i32, stepY: i32, stepX: i32,
): void {
  let sum = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let at: usize = 0;
    let own = i32x4.splat(position);
    for (let column = 0; column < columns; column++) {
      sum = f32x4.add(sum, v128.and(v128.load(dy + at), i32x4.eq(v128.load(positions + at), own)));
      own = i32x4.sub(own, i32x4.splat(stepX));
      at += pixelStride;
    }
    position -= stepY;
    dy += rowStride;
    positions += rowStride;
  }
  storeUpTo4(dx, sum, channelsLeft);
}

/** One row of the image is one piece of work. */
export function maxPoolGradient(
  dy: usize, positions: usize, dx: usize, geometry: usize, thread: i32, threads: i32,
): void {
  const height = word(geometry, Word.Height);
  const width = word(geometry, Word.Width);
  const outHeight = word(geometry, Word.OutHeight);
  const outWidth = word(geometry, Word.OutWidth);
  const channels = word(geometry, Word.Channels);
  const windowHeight = word(geometry, Word.WindowHeight);
  const windowWidth = word(geometry, Word.WindowWidth);
  const strideY = word(geometry, Word.StrideY);
  const strideX = word(geometry, Word.StrideX);
  const padTop = word(geometry, Word.PadTop);
  const padLeft = word(geometry, Word.PadLeft);
  const pixelStride = <usize>channels << 2;
  const rowStride = pixelStride * outWidth;
  const stepY = strideY * windowWidth;
  const inRows = word(geometry, Word.Batch) * height;
  const end = shareStart(inRows, 1, thread + 1, threads);
  for (let row = shareStart(inRows, 1, thread, threads); row < end; row++) {
    const image = row / height;
    const y = row - image * height + padTop;
    const top = firstWindow(y, windowHeight, strideY);
    const rows = min(outHeight, y / strideY + 1) - top;
    const source = rowStride * <usize>(image * outHeight + top);
    let target = dx + pixelStride * <usize>(row * width);
    for (let x = padLeft; x < width + padLeft; x++) {
      const left = firstWindow(x, windowWidth, strideX);
      const columns = min(outWidth, x / strideX + 1) - left;
      const position = (y - top * strideY) * windowWidth + x - left * strideX;
      const start = source + pixelStride * <usize>left;
      let c = 0;
      for (; c + 16 <= channels; c += 16) {
        const at = start + (<usize>c << 2);
        const to = target + (<usize>c << 2);
        gather16(dy + at, positions + at, to, rowStride, pixelStride, rows, columns, position, stepY, strideX);
      }
      for (; c < channels; c += 4) {
        const at = start + (<usize>c << 2);
        const to = target + (<usize>c << 2);
        const channelsLeft = channels - c;
        gather4(
          dy + at, positions + at, to, channelsLeft, rowStride, pixelStride, rows, columns, position, stepY, strideX,
        );
      }
      target += pixelStride;
    }
  }
}
