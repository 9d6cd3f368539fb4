// Packing, multiplying and storing blocks of C = A B in the workspace of one thread.
//
// A block of C is kept as panels of 8 columns, `panelBytesC` apart, each of rows of 8 floats, so that every tile is
// whole: the edges of a matrix are only met when a block is packed and when it is stored. What lies beyond an edge is
// whatever memory held; it stays in rows and columns of C that are never stored.
//
// The scheme is that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
import { store8 } from "../store-lanes.assembly";
import { exp4 } from "../vector-math.assembly";
import { lineFloats, maximumColumnRows } from "./block-sizes";
import { gemmTileColumns } from "./tile-columns.assembly";
import { gemmTileRows, tileRows } from "./tile-rows.assembly";

/** Bytes from one line of a packed A to the next. */
export const lineBytes: usize = lineFloats * 4;

/** Bytes from one panel of a block of C to the next. */
const panelBytesC: usize = maximumColumnRows * 32;

/** Panels of 8 columns that hold `columns`. */
// @ts-ignore: decorator
@inline
export function panelsOf(columns: i32): i32 {
  return (columns + 7) >> 3;
}

/** Copies `count` floats, in fours: reads and writes up to three more. Returns the address after the last asked for. */
// @ts-ignore: decorator
@inline
export function copyFloats(target: usize, source: usize, count: i32): usize {
  const end = target + (<usize>count << 2);
  for (let at = target; at < end; at += 16) {
    v128.store(at, v128.load(source));
    source += 16;
  }
  return end;
}

/** Stores `count` zeros, in fours: writes up to three more. Returns the address after the last asked for. */
// @ts-ignore: decorator
@inline
export function clearFloats(target: usize, count: i32): usize {
  const end = target + (<usize>count << 2);
  for (let at = target; at < end; at += 16) v128.store(at, f32x4.splat(0));
  return end;
}

/** Packs `lines` runs of `count` floats, `stride` bytes apart, into lines of A. */
export function gemmPackLines(target: usize, source: usize, stride: usize, lines: i32, count: i32): void {
  for (let i = 0; i < lines; i++) {
    copyFloats(target, source, count);
    target += lineBytes;
    source += stride;
  }
}

/** Packs 8 columns of a row-major B, rows `stride` bytes apart, into a panel. Reads 8 even where there are fewer. */
export function gemmPackPanel(target: usize, source: usize, stride: usize, depth: i32): void {
  for (const end = target + (<usize>depth << 5); target < end; target += 32) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    source += stride;
  }
}

/** The same for a B that is stored transposed: its `columns` (1 to 8) columns are runs `stride` bytes apart. */
export function gemmPackPanelTransposed(target: usize, source: usize, stride: usize, depth: i32, columns: i32): void {
  const whole = depth & ~3;
  for (let half = 0; half < 8; half += 4) {
    // Columns beyond the edge repeat the last one: reading on could leave the block.
    const last = columns - 1;
    const s0 = source + <usize>min(half, last) * stride;
    const s1 = source + <usize>min(half + 1, last) * stride;
    const s2 = source + <usize>min(half + 2, last) * stride;
    const s3 = source + <usize>min(half + 3, last) * stride;
    let at = target + (<usize>half << 2);
    let offset: usize = 0;
    for (const end = <usize>whole << 2; offset < end; offset += 16) {
      transpose4(at, v128.load(s0 + offset), v128.load(s1 + offset), v128.load(s2 + offset), v128.load(s3 + offset));
      at += 128;
    }
    for (const end = <usize>depth << 2; offset < end; offset += 4) {
      f32.store(at, f32.load(s0 + offset));
      f32.store(at, f32.load(s1 + offset), 4);
      f32.store(at, f32.load(s2 + offset), 8);
      f32.store(at, f32.load(s3 + offset), 12);
      at += 32;
    }
  }
}

/** Stores four vectors as the columns of four rows, 32 bytes apart. */
// @ts-ignore: decorator
@inline
function transpose4(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(at, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5));
  v128.store(at, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7), 32);
  v128.store(at, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5), 64);
  v128.store(at, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7), 96);
}

/** Fills a block of C with the bias of its columns, or with zeros where `bias` is 0. */
export function gemmStartBlock(c: usize, rows: i32, columns: i32, bias: usize): void {
  for (let panel = 0; panel < panelsOf(columns); panel++) {
    const low = bias ? v128.load(bias + (<usize>panel << 5)) : f32x4.splat(0);
    const high = bias ? v128.load(bias + (<usize>panel << 5), 16) : f32x4.splat(0);
    let at = c + <usize>panel * panelBytesC;
    for (const end = at + (<usize>rows << 5); at < end; at += 32) {
      v128.store(at, low);
      v128.store(at, high, 16);
    }
  }
}

/** C += A B for one panel, A packed by rows: the panel of B stays in the first cache. */
export function gemmMultiplyRows(a: usize, b: usize, c: usize, panel: i32, rows: i32, depth: i32): void {
  c += <usize>panel * panelBytesC;
  for (let row = 0; row < rows; row += tileRows) {
    gemmTileRows(a, b, c, depth);
    a += <usize>tileRows * lineBytes;
    c += <usize>tileRows * 32;
  }
}

/** C += A B for all panels, A packed by columns: the tile of A, one cache line in each of its lines, stays. */
export function gemmMultiplyColumns(a: usize, b: usize, c: usize, panels: i32, rows: i32, depth: i32): void {
  for (let row = 0; row < rows; row += tileRows) {
    for (let panel = 0; panel < panels; panel++) {
      gemmTileColumns(a, b + <usize>panel * (<usize>depth << 5), c + <usize>panel * panelBytesC, depth);
    }
    a += <usize>tileRows * 4;
    c += <usize>tileRows * 32;
  }
}

/** 0 none, 1 relu, 2 elu. NaN stays NaN. `pmax` is one instruction where `max` is many. */
// @ts-ignore: decorator
@inline
export function activate(z: v128, activation: i32): v128 {
  const zero = f32x4.splat(0);
  if (activation == 0) return z;
  if (activation == 1) return f32x4.pmax(z, zero);
  return v128.bitselect(z, f32x4.sub(exp4(f32x4.min(z, zero)), f32x4.splat(1)), f32x4.gt(z, zero));
}

/** Stores the first `columns` columns of one row of a block of C, through the activation (0 none, 1 relu, 2 elu). */
export function gemmStoreRow(target: usize, c: usize, columns: i32, activation: i32): void {
  for (let left = columns; left > 0; left -= 8) {
    const low = activate(v128.load(c), activation);
    const high = activate(v128.load(c, 16), activation);
    store8(target, low, high, left);
    target += 32;
    c += panelBytesC;
  }
}
