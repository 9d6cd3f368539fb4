// Images by number, cropped, flipped, normalised by a table, and cut out. The random words of image b are the eight of
// Philox's blocks 2 b and 2 b + 1: top, left, flip, none, row and column of the square's middle, none, none.
import { shareStart } from "../parallel.assembly";
import { philoxBits0, philoxBits1, philoxBlocks } from "../philox.assembly";

/** A whole number of 0 to below `below`. */
// @ts-ignore: decorator
@inline
function drawBelow(bits: i32, below: i32): i32 {
  return <i32>((<u64>(<u32>bits) * <u64>below) >> 32);
}

/** A pixel of a constant number of channels. Values are copied as they are. */
// @ts-ignore: decorator
@inline
function pixel(source: usize, table: usize, y: usize, channels: i32): void {
  for (let c = 0; c < channels; c++) {
    const value = <i32>load<u8>(source + <usize>c);
    i32.store(y + (<usize>c << 2), i32.load(table + (<usize>(value * channels + c) << 2)));
  }
}

/**
 * A row of y. `source` is the first pixel of the image's row, 0 for a row outside of it; pixel j comes from column
 * `first + step j`.
 */
// @ts-ignore: decorator
@inline
function writeRow(
  source: usize, table: usize, y: usize, outWidth: i32, first: i32, step: i32, width: i32, fill: usize, channels: i32,
): void {
  const bytes = <usize>channels << 2;
  for (let j = 0; j < outWidth; j++) {
    const column = first + step * j;
    const target = y + <usize>j * bytes;
    if (source == 0 || column < 0 || column >= width) memory.copy(target, table + fill * bytes, bytes);
    else pixel(source + <usize>(column * channels), table, target, channels);
  }
}

export function augmentBatch(
  images: usize, indices: usize, table: usize, y: usize, count: i32, height: i32, width: i32, channels: i32,
  batch: i32, outHeight: i32, outWidth: i32, padding: i32, fill: i32, flipBelow: i32, cutout: i32,
  key0: i32, key1: i32, stream: i32, words: usize, counter: i32, thread: i32, threads: i32,
): void {
  if (words) counter = load<i32>(words + (<usize>counter << 2));
  const bytes = <usize>channels << 2;
  const rowBytes = bytes * outWidth;
  const end = shareStart(batch, 1, thread + 1, threads);
  for (let image = shareStart(batch, 1, thread, threads); image < end; image++) {
    let row = y + <usize>image * <usize>outHeight * rowBytes;
    const number = load<i32>(indices + (<usize>image << 2));
    if (number < 0 || number >= count) {
      memory.fill(row, 0, <usize>outHeight * rowBytes);
      continue;
    }
    philoxBlocks(2 * image, counter, stream, key0, key1);
    const top = drawBelow(i32x4.extract_lane(philoxBits0, 0), height + 2 * padding - outHeight + 1) - padding;
    const left = drawBelow(i32x4.extract_lane(philoxBits0, 1), width + 2 * padding - outWidth + 1) - padding;
    const flipped = (i32x4.extract_lane(philoxBits0, 2) >>> 8) < flipBelow;
    const cutTop = drawBelow(i32x4.extract_lane(philoxBits1, 0), outHeight) - cutout / 2;
    const cutLeft = drawBelow(i32x4.extract_lane(philoxBits1, 1), outWidth) - cutout / 2;
    const cutFrom = max(0, cutLeft);
    const cutTo = min(outWidth, cutLeft + cutout);
    const first = flipped ? outWidth - 1 + left : left;
    const step = flipped ? -1 : 1;
    for (let i = 0; i < outHeight; i++, row += rowBytes) {
      const sourceRow = i + top;
      const inside = sourceRow >= 0 && sourceRow < height;
      const pixels = (<usize>number * <usize>height + <usize>sourceRow) * <usize>width;
      const source = inside ? images + pixels * <usize>channels : 0;
      // Three is what pictures have: a constant lets the compiler unroll.
      if (channels == 3) writeRow(source, table, row, outWidth, first, step, width, fill, 3);
      else writeRow(source, table, row, outWidth, first, step, width, fill, channels);
      if (i >= cutTop && i < cutTop + cutout) {
        memory.fill(row + <usize>cutFrom * bytes, 0, <usize>(cutTo - cutFrom) * bytes);
      }
    }
  }
}
