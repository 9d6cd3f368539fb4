// Bilinear resizing of RGB bytes with OpenCV's rounding; see resize-plain.ts, of which this is the same in SIMD.
//
// A tap of a column is three i32: byte offsets of its two pixels in a row, and their weights, the first in the low half.
// A tap of a row is four i32: two rows, and their weights. Weights are 0 … 2048.

const COLUMN_TAP: usize = 12;
const ROW_TAP: usize = 16;

/** Where free memory begins. */
export function freeMemory(): usize {
  return __heap_base;
}

/** Values of a row times weights, summed and cut to 15 bits: 4 bytes each, and 4 more at the end that mean nothing. */
// @ts-ignore: decorator
@inline
function resizeRow(row: usize, taps: usize, width: i32, sums: usize): void {
  for (let x = 0; x < width; x++) {
    const first = v128.load_zero<u32>(row + load<u32>(taps));
    const second = v128.load_zero<u32>(row + load<u32>(taps, 4));
    // r r' g g' b b', as i16; dot products of neighbours with (w, w') are the three sums.
    const pairs = i16x8.extend_low_i8x16_u(
      v128.shuffle<u8>(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 0, 0, 0, 0, 0, 0, 0, 0),
    );
    v128.store(sums, i32x4.shr_s(i32x4.dot_i16x8_s(pairs, v128.load32_splat(taps, 8)), 4));
    taps += COLUMN_TAP;
    sums += 12;
  }
}

/** Four values. The upper halves of the sums are zero, so that a dot product of i16 is a product of i32. */
// @ts-ignore: decorator
@inline
function blend4(upper: usize, lower: usize, upperWeight: v128, lowerWeight: v128): v128 {
  const above = i32x4.shr_s(i32x4.dot_i16x8_s(v128.load(upper), upperWeight), 16);
  const below = i32x4.shr_s(i32x4.dot_i16x8_s(v128.load(lower), lowerWeight), 16);
  return i32x4.shr_s(i32x4.add(i32x4.add(above, below), i32x4.splat(2)), 2);
}

/** One row of the result, in whole vectors of 16 bytes: up to 15 bytes beyond its end are overwritten. */
// @ts-ignore: decorator
@inline
function blendRows(upper: usize, lower: usize, upperWeight: i32, lowerWeight: i32, values: i32, out: usize): void {
  const above = i32x4.splat(upperWeight);
  const below = i32x4.splat(lowerWeight);
  for (let i = 0; i < values; i += 16) {
    const low = i16x8.narrow_i32x4_s(blend4(upper, lower, above, below), blend4(upper + 16, lower + 16, above, below));
    const high = i16x8.narrow_i32x4_s(
      blend4(upper + 32, lower + 32, above, below),
      blend4(upper + 48, lower + 48, above, below),
    );
    v128.store(out, i8x16.narrow_i16x8_u(low, high));
    upper += 64;
    lower += 64;
    out += 16;
  }
}

/**
 * Resizes `width` columns and `height` rows of the result. `sums` has room for two rows of 4 · (3 · width + 16) bytes,
 * and `out` for 16 bytes more than the result. Pixels may be read 4 bytes beyond the image's end.
 */
export function resize(
  pixels: usize, stride: i32, columns: usize, width: i32, rows: usize, height: i32, sums: usize, out: usize,
): void {
  const values = width * 3;
  let upper = sums;
  let lower = sums + (<usize>values + 16) * 4;
  let upperRow = -1;
  let lowerRow = -1;
  for (let y = 0; y < height; y++) {
    const first = load<i32>(rows);
    const second = load<i32>(rows, 4);
    if (first == lowerRow) {
      const buffer = upper;
      upper = lower;
      lower = buffer;
      lowerRow = upperRow;
      upperRow = first;
    }
    if (first != upperRow) resizeRow(pixels + <usize>first * stride, columns, width, upper);
    if (second != lowerRow) resizeRow(pixels + <usize>second * stride, columns, width, lower);
    upperRow = first;
    lowerRow = second;
    blendRows(upper, lower, load<i32>(rows, 8), load<i32>(rows, 12), values, out);
    rows += ROW_TAP;
    out += values;
  }
}
