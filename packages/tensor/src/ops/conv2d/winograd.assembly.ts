// y = activation(x ∗ filter + bias) for filters of 3×3 and stride 1, by Winograd's F(4×4, 3×3) (Lavin and Gray, 2016).
//
// The result is cut into tiles of 4×4 pixels. A tile's 6×6 pixels of x are transformed to 36 values for each channel, the
// filter to 36 for each channel and filter, and each of the 36 is a product of its own: tiles × channels times channels ×
// filters. 36 products for 16 pixels, where the plain way takes 144. The price is accuracy: transformed values are sums
// of differences, and rounding is some ten times that of the plain way.
//
// A thread takes a block of tiles through all steps. Transformed tiles (V) are lines of `lineFloats`, as the products
// want them, several of the 36 values side by side where channels are few; V, and the products (M) of some panels of
// filters, stay in the second cache.
import { lineBytes, activate, panelsOf } from "../gemm/blocks.assembly";
import { gemmTileRows, tileRows } from "../gemm/tile-rows.assembly";
import { Geometry } from "./patches.assembly";
import { winogradPanels } from "./winograd-sizes";
import { storeFilterTransform, storeInputTransform, storeOutputTransform } from "./winograd-transforms.assembly";

/** How a convolution is cut, in the order in which its launch writes the words. */
@unmanaged
class Cut {
  tilesDown: i32;
  tilesAcross: i32;
  /** Tiles to a block. */
  block: i32;
  /** Parts of the channels, each short enough for a line, and the channels in each. */
  parts: i32;
  depth: i32;
  /** Bytes of V in a thread's workspace. */
  bytesV: i32;
}

/** Bytes of 36 vectors. */
const vectors36: usize = 36 * 16;

/** Address of the table of offsets in V that follows a {@link Cut}: value p of part q stands at word p · parts + q. */
// @ts-ignore: decorator
@inline
function offsetOf(cut: Cut, value: i32, part: i32): usize {
  return <usize>load<u32>(changetype<usize>(cut) + offsetof<Cut>() + (<usize>(value * cut.parts + part) << 2));
}

/**
 * Transforms filters into panels of 8: value p of panel j begins at (p · panels + j) · channels rows of 8 floats.
 *
 * @param flipped 0: filter[r, s, channel, filter]. 1, for an input gradient: the filter of the convolution is
 *   filter[2 − r, 2 − s, filter, channel], stored so that channels are contiguous
 */
export function conv2dWinogradFilter(
  filter: usize, panels: usize, scratch: usize, geometry: usize, flipped: i32, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const work = scratch + <usize>thread * 2 * vectors36;
  const columns = panelsOf(g.filters) << 3;
  // Runs of four along the axis that is contiguous in memory.
  const runs = (flipped ? g.channels : g.filters) >> 2;
  const others = flipped ? g.filters : g.channels;
  const tap = <usize>(g.channels * g.filters) << 2;
  const value = <usize>(columns * g.channels) << 2;
  for (let i = thread; i < runs * others; i += threads) {
    const other = i / runs;
    const run = (i - other * runs) << 2;
    transformFilter(filter + ((<usize>i) << 4), tap, flipped, work);
    const transformed = work + vectors36;
    const channel = flipped ? run : other;
    const column = flipped ? other : run;
    let target = panels + ((<usize>((column >> 3) * g.channels + channel) << 5) + (<usize>(column & 7) << 2));
    for (let p: usize = 0; p < vectors36; p += 16) {
      const vector = v128.load(transformed + p);
      if (flipped) {
        v128.store_lane<f32>(target, vector, 0);
        v128.store_lane<f32>(target + 32, vector, 1);
        v128.store_lane<f32>(target + 64, vector, 2);
        v128.store_lane<f32>(target + 96, vector, 3);
      } else {
        v128.store(target, vector);
      }
      target += value;
    }
  }
}

/** G g Gᵀ of four neighbours: 36 vectors, after the first 18 of the work. */
function transformFilter(source: usize, tap: usize, flipped: i32, work: usize): void {
  for (let s = 0; s < 3; s++) {
    const at = source + <usize>(flipped ? 8 - s : s) * tap;
    const down = flipped ? <usize>0 - <usize>3 * tap : <usize>3 * tap;
    storeFilterTransform(
      v128.load(at), v128.load(at + down), v128.load(at + 2 * down), work + (<usize>s << 4), 48,
    );
  }
  for (let r = 0; r < 6; r++) {
    const at = work + <usize>r * 48;
    storeFilterTransform(v128.load(at), v128.load(at, 16), v128.load(at, 32), work + vectors36 + <usize>r * 96, 16);
  }
}

/**
 * @param panels the transformed filter
 * @param bias [filters], or 0
 * @param activation 0 none, 1 relu, 2 elu
 * @param cut a {@link Cut} and its table
 * @param workspace `workspaceBytes` for each thread
 * @param counter hands out blocks
 */
export function conv2dWinograd(
  x: usize, panels: usize, bias: usize, y: usize, geometry: usize, activation: i32, cutWords: usize,
  workspace: usize, workspaceBytes: i32, counter: usize, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const cut = changetype<Cut>(cutWords);
  const work = workspace + <usize>thread * <u32>workspaceBytes;
  const v = work + 2 * vectors36;
  const m = v + <u32>cut.bytesV;
  const tiles = g.batch * cut.tilesDown * cut.tilesAcross;
  const blocks = (tiles + cut.block - 1) / cut.block;
  const panelCount = panelsOf(g.filters);
  for (let block = atomic.add<i32>(counter, 1); block < blocks; block = atomic.add<i32>(counter, 1)) {
    const tile = block * cut.block;
    const count = min(cut.block, tiles - tile);
    for (let i = 0; i < count; i++) transformInput(v + <usize>i * lineBytes, x, g, cut, tile + i, work);
    for (let panel = 0; panel < panelCount; panel += winogradPanels) {
      const some = min(winogradPanels, panelCount - panel);
      multiply(m, v, panels, g, cut, count, panel, some);
      for (let i = 0; i < count; i++) {
        transformOutput(y, m + (<usize>i << 5), bias, g, cut, tile + i, panel, some, activation, work);
      }
    }
  }
}

/** Bᵀ d B of one tile, for every channel. `target` is the tile's line. */
function transformInput(target: usize, x: usize, g: Geometry, cut: Cut, tile: i32, work: usize): void {
  const image = tile / (cut.tilesDown * cut.tilesAcross);
  const place = tile - image * (cut.tilesDown * cut.tilesAcross);
  const tileY = place / cut.tilesAcross;
  const y = (tileY << 2) - g.padTop;
  const column = ((place - tileY * cut.tilesAcross) << 2) - g.padLeft;
  const pixel = <usize>g.channels << 2;
  const row = pixel * g.width;
  // Wraps around where it lies before the image; what is outside is never loaded.
  const first = x + <usize>(image * g.height) * row + <usize>(<isize>y * <isize>row) + <usize>(<isize>column * <isize>pixel);
  const height = g.height;
  const width = g.width;
  const zero = f32x4.splat(0);
  for (let part = 0; part < cut.parts; part++) {
    const begin = part * cut.depth;
    const end = min(g.channels, begin + cut.depth);
    for (let channel = begin; channel < end; channel += 4) {
      const source = first + (<usize>channel << 2);
      for (let s = 0; s < 6; s++) {
        const at = work + (<usize>s << 4);
        if (<u32>(column + s) >= <u32>width) {
          storeInputTransform(zero, zero, zero, zero, zero, zero, at, at + 96, at + 192, at + 288, at + 384, at + 480);
          continue;
        }
        const top = source + <usize>s * pixel;
        storeInputTransform(
          <u32>y < <u32>height ? v128.load(top) : zero,
          <u32>(y + 1) < <u32>height ? v128.load(top + row) : zero,
          <u32>(y + 2) < <u32>height ? v128.load(top + 2 * row) : zero,
          <u32>(y + 3) < <u32>height ? v128.load(top + 3 * row) : zero,
          <u32>(y + 4) < <u32>height ? v128.load(top + 4 * row) : zero,
          <u32>(y + 5) < <u32>height ? v128.load(top + 5 * row) : zero,
          at, at + 96, at + 192, at + 288, at + 384, at + 480,
        );
      }
      const line = target + (<usize>(channel - begin) << 2);
      for (let r = 0; r < 6; r++) {
        const at = work + <usize>r * 96;
        const p = r * 6;
        storeInputTransform(
          v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), v128.load(at, 64), v128.load(at, 80),
          line + offsetOf(cut, p, part), line + offsetOf(cut, p + 1, part), line + offsetOf(cut, p + 2, part),
          line + offsetOf(cut, p + 3, part), line + offsetOf(cut, p + 4, part), line + offsetOf(cut, p + 5, part),
        );
      }
    }
  }
}

/** M = V U for the 36 values and `some` panels from `panel` on: each value and panel is `block` rows of 8 floats. */
function multiply(
  m: usize, v: usize, panels: usize, g: Geometry, cut: Cut, count: i32, panel: i32, some: i32,
): void {
  const bytes = <usize>cut.block << 5;
  const panelCount = panelsOf(g.filters);
  memory.fill(m, 0, <usize>(36 * winogradPanels) * bytes);
  for (let p = 0; p < 36; p++) {
    for (let part = 0; part < cut.parts; part++) {
      const begin = part * cut.depth;
      const depth = min(g.channels - begin, cut.depth);
      const a = v + offsetOf(cut, p, part);
      for (let j = 0; j < some; j++) {
        const b = panels + (<usize>((p * panelCount + panel + j) * g.channels + begin) << 5);
        const c = m + <usize>(p * winogradPanels + j) * bytes;
        for (let i = 0; i < count; i += tileRows) {
          gemmTileRows(a + <usize>i * lineBytes, b, c + (<usize>i << 5), depth);
        }
      }
    }
  }
}

/** Aᵀ M A of one tile, for the filters of `some` panels, through bias and activation into y. */
function transformOutput(
  y: usize, m: usize, bias: usize, g: Geometry, cut: Cut, tile: i32, panel: i32, some: i32, activation: i32, work: usize,
): void {
  const image = tile / (cut.tilesDown * cut.tilesAcross);
  const place = tile - image * (cut.tilesDown * cut.tilesAcross);
  const tileY = place / cut.tilesAcross;
  const top = tileY << 2;
  const left = (place - tileY * cut.tilesAcross) << 2;
  const rows = min(4, g.outHeight - top);
  const columns = min(4, g.outWidth - left);
  const pixel = <usize>g.filters << 2;
  const target = y + <usize>((image * g.outHeight + top) * g.outWidth + left) * pixel;
  const panelBytes = <usize>cut.block << 5;
  const value = <usize>winogradPanels * panelBytes;
  const first = panel << 3;
  const last = min(g.filters, first + (some << 3));
  for (let filter = first; filter < last; filter += 4) {
    const source = m + <usize>((filter - first) >> 3) * panelBytes + (<usize>(filter & 4) << 2);
    for (let s = 0; s < 6; s++) storeOutputTransform(source + <usize>s * value, 6 * value, work + (<usize>s << 4), 96);
    const added = bias ? v128.load(bias + (<usize>filter << 2)) : f32x4.splat(0);
    for (let r = 0; r < rows; r++) {
      const result = work + vectors36;
      storeOutputTransform(work + <usize>r * 96, 16, result, 16);
      const out = target + <usize>r * g.outWidth * pixel + (<usize>filter << 2);
      for (let s = 0; s < columns; s++) {
        const z = f32x4.add(v128.load(result + (<usize>s << 4)), added);
        v128.store(out + <usize>s * pixel, activate(z, activation));
      }
    }
  }
}
