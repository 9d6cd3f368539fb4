// Axes in another order, for elements of four bytes.
import { shareStart } from "../parallel.assembly";

/** Side of a tile: two tiles of it lie in the first-level cache. */
const side: i32 = 32;

/**
 * x's innermost axis stays innermost, so rows of it are copied. `layout` is the address of 12 words: six sizes of out's
 * axes, padded with 1 at the front, then the strides of x along them, in elements.
 */
export function transposeRows(x: usize, out: usize, size: i32, layout: usize, thread: i32, threads: i32): void {
  const inner = load<i32>(layout, 20);
  const end = shareStart(size, 16, thread + 1, threads);
  let at = shareStart(size, 16, thread, threads);
  while (at < end) {
    const row = at / inner;
    const column = at - row * inner;
    const count = min(inner - column, end - at);
    let rest = row;
    let source = column;
    for (let axis = 4; rest > 0; axis--) {
      const length = load<i32>(layout + (<usize>axis << 2));
      source += (rest % length) * load<i32>(layout + (<usize>axis << 2), 24);
      rest /= length;
    }
    memory.copy(out + (<usize>(<u32>at) << 2), x + (<usize>(<u32>source) << 2), <usize>count << 2);
    at += count;
  }
}

/** 4 × 4 elements; strides are in bytes. */
// @ts-ignore: decorator
@inline
function square(x: usize, xStride: usize, out: usize, outStride: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + xStride);
  const c = v128.load(x + 2 * xStride);
  const d = v128.load(x + 3 * xStride);
  const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(ab01, cd01, 0, 2));
  v128.store(out + outStride, i64x2.shuffle(ab01, cd01, 1, 3));
  v128.store(out + 2 * outStride, i64x2.shuffle(ab23, cd23, 0, 2));
  v128.store(out + 3 * outStride, i64x2.shuffle(ab23, cd23, 1, 3));
}

/** The squares of a tile. Where strides are long, lines of the cache are used up before others take their place. */
// @ts-ignore: decorator
@inline
function squares(x: usize, xStride: usize, out: usize, outStride: usize, rows: i32, columns: i32): void {
  if (outStride < xStride) {
    for (let i = 0; i < rows; i += 4) {
      const from = x + <usize>i * xStride;
      const to = out + (<usize>i << 2);
      for (let j = 0; j < columns; j += 4) {
        square(from + (<usize>j << 2), xStride, to + <usize>j * outStride, outStride);
      }
    }
    return;
  }
  for (let j = 0; j < columns; j += 4) {
    const from = x + (<usize>j << 2);
    const to = out + <usize>j * outStride;
    for (let i = 0; i < rows; i += 4) square(from + <usize>i * xStride, xStride, to + (<usize>i << 2), outStride);
  }
}

/** out[j, i] = x[i, j] for a tile of `rows` × `columns` elements of x; strides are in bytes. */
function tile(x: usize, xStride: usize, out: usize, outStride: usize, rows: i32, columns: i32): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  squares(x, xStride, out, outStride, wholeRows, wholeColumns);
  for (let i = 0; i < rows; i++) {
    const from = x + <usize>i * xStride;
    const to = out + (<usize>i << 2);
    for (let j = i < wholeRows ? wholeColumns : 0; j < columns; j++) {
      i32.store(to + <usize>j * outStride, i32.load(from + (<usize>j << 2)));
    }
  }
}

/**
 * x's innermost axis trades places with out's: matrices of `rows` × `columns` are transposed, cut into tiles. `layout`
 * is the address of 16 words: rows, columns, stride of a row in x, stride of a column in out; then four sizes of the
 * other axes, their strides in x, their strides in out. Strides are in elements.
 */
export function transposeTiles(x: usize, out: usize, layout: usize, thread: i32, threads: i32): void {
  const rows = load<i32>(layout);
  const columns = load<i32>(layout, 4);
  const xStride = <usize>load<i32>(layout, 8) << 2;
  const outStride = <usize>load<i32>(layout, 12) << 2;
  const tileRows = (rows + side - 1) / side;
  const tileColumns = (columns + side - 1) / side;
  let matrices = 1;
  for (let axis = 0; axis < 4; axis++) matrices *= load<i32>(layout + (<usize>axis << 2), 16);
  const end = shareStart(matrices * tileRows * tileColumns, 1, thread + 1, threads);
  for (let item = shareStart(matrices * tileRows * tileColumns, 1, thread, threads); item < end; item++) {
    const i = (item % tileRows) * side;
    let rest = item / tileRows;
    const j = (rest % tileColumns) * side;
    rest /= tileColumns;
    let from = <usize>i * xStride + (<usize>j << 2);
    let to = <usize>j * outStride + (<usize>i << 2);
    for (let axis = 3; rest > 0; axis--) {
      const place = layout + (<usize>axis << 2);
      const length = load<i32>(place, 16);
      from += <usize>((rest % length) * load<i32>(place, 32)) << 2;
      to += <usize>((rest % length) * load<i32>(place, 48)) << 2;
      rest /= length;
    }
    tile(x + from, xStride, out + to, outStride, min(side, rows - i), min(side, columns - j));
  }
}
