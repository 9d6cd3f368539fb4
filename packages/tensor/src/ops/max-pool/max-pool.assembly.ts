// Max-pool of NHWC images, vectorised along the channels.
//
// A position numbers the pixels of a window row by row from 0, padding included.
import { shareStart } from "../parallel.assembly";
import { store16, storeUpTo4, Word, word } from "../pool-layout.assembly";

// @ts-ignore: decorator
@inline
function select(mask: v128, chosen: v128, other: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(chosen, other, mask);
  return v128.bitselect(chosen, other, mask);
}

/** Where a value is greater, or the first NaN: what is NaN stays. */
// @ts-ignore: decorator
@inline
function wins(value: v128, greatest: v128): v128 {
  return v128.andnot(f32x4.eq(greatest, greatest), f32x4.le(value, greatest));
}

/**
 * Maxima of sixteen channels in one window, or rather in its part inside of the image: `rows` by `columns` pixels from
 * `x` on, whose positions count from `position`, `windowWidth` a row. Strides are in bytes.
 */
function pool16(
  x: usize, y: usize, positions: usize, rowStride: usize, pixelStride: usize,
  rows: i32, columns: i32, position: i32, windowWidth: i32,
): void {
  let winner0 = i32x4.splat(position), winner1 = winner0, winner2 = winner0, winner3 = winner0;
  let greatest0 = v128.load(x);
  let greatest1 = v128.load(x, 16);
  let greatest2 = v128.load(x, 32);
  let greatest3 = v128.load(x, 48);
  for (let row = 0; row < rows; row++) {
    let pixel = x;
    let here = i32x4.splat(position);
    for (let column = 0; column < columns; column++) {
      const value0 = v128.load(pixel);
      const wins0 = wins(value0, greatest0);
      greatest0 = select(wins0, value0, greatest0);
      winner0 = select(wins0, here, winner0);
      const value1 = v128.load(pixel, 16);
      const wins1 = wins(value1, greatest1);
      greatest1 = select(wins1, value1, greatest1);
      winner1 = select(wins1, here, winner1);
      const value2 = v128.load(pixel, 32);
      const wins2 = wins(value2, greatest2);
      greatest2 = select(wins2, value2, greatest2);
      winner2 = select(wins2, here, winner2);
      const value3 = v128.load(pixel, 48);
      const wins3 = wins(value3, greatest3);
      greatest3 = select(wins3, value3, greatest3);
      winner3 = select(wins3, here, winner3);
      here = i32x4.add(here, i32x4.splat(1));
      pixel += pixelStride;
    }
    position += windowWidth;
    x += rowStride;
  }
  store16(y, greatest0, greatest1, greatest2, greatest3);
  store16(positions, winner0, winner1, winner2, winner3);
}

/** The same of up to four channels. */
function pool4(
  x: usize, y: usize, positions: usize, channelsLeft: i32, rowStride: usize, pixelStride: usize,
  rows: i32, columns: i32, position: i32, windowWidth: i32,
): void {
  let winner = i32x4.splat(position);
  let greatest = v128.load(x);
  for (let row = 0; row < rows; row++) {
    let pixel = x;
    let here = i32x4.splat(position);
    for (let column = 0; column < columns; column++) {
      const value = v128.load(pixel);
      const mask = wins(value, greatest);
      greatest = select(mask, value, greatest);
      winner = select(mask, here, winner);
      here = i32x4.add(here, i32x4.splat(1));
      pixel += pixelStride;
    }
    position += windowWidth;
    x += rowStride;
  }
  storeUpTo4(y, greatest, channelsLeft);
  storeUpTo4(positions, winner, channelsLeft);
}

/** One row of outputs is one piece of work. */
export function maxPool(x: usize, y: usize, positions: usize, geometry: usize, thread: i32, threads: i32): void {
  const height = word(geometry, Word.Height);
  const width = word(geometry, Word.Width);
  const channels = word(geometry, Word.Channels);
  const outHeight = word(geometry, Word.OutHeight);
  const outWidth = word(geometry, Word.OutWidth);
  const windowHeight = word(geometry, Word.WindowHeight);
  const windowWidth = word(geometry, Word.WindowWidth);
  const strideY = word(geometry, Word.StrideY);
  const strideX = word(geometry, Word.StrideX);
  const padTop = word(geometry, Word.PadTop);
  const padLeft = word(geometry, Word.PadLeft);
  const pixelStride = <usize>channels << 2;
  const rowStride = pixelStride * width;
  const outRows = word(geometry, Word.Batch) * outHeight;
  const end = shareStart(outRows, 1, thread + 1, threads);
  for (let row = shareStart(outRows, 1, thread, threads); row < end; row++) {
    const image = row / outHeight;
    const windowTop = (row - image * outHeight) * strideY - padTop;
    const top = max(0, windowTop);
    const rows = min(height, windowTop + windowHeight) - top;
    const source = x + rowStride * <usize>(image * height + top);
    let target = pixelStride * <usize>(row * outWidth);
    for (let column = 0; column < outWidth; column++) {
      const windowLeft = column * strideX - padLeft;
      const left = max(0, windowLeft);
      const columns = min(width, windowLeft + windowWidth) - left;
      const position = (top - windowTop) * windowWidth + left - windowLeft;
      const start = source + pixelStride * <usize>left;
      let c = 0;
      for (; c + 16 <= channels; c += 16) {
        const at = target + (<usize>c << 2);
        const from = start + (<usize>c << 2);
        pool16(from, y + at, positions + at, rowStride, pixelStride, rows, columns, position, windowWidth);
      }
      for (; c < channels; c += 4) {
        const at = target + (<usize>c << 2);
        const from = start + (<usize>c << 2);
        pool4(from, y + at, positions + at, channels - c, rowStride, pixelStride, rows, columns, position, windowWidth);
      }
      target += pixelStride;
    }
  }
}
