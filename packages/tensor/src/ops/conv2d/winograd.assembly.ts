// y = activation(x ∗ filter + bias) for filters of 3×3 and stride 1, by Winograd's F(4×4, 3×3) (Lavin and Gray, 2016).
//
// The result is cut into tiles of 4×4 pixels. A tile's 6×6 pixels of x are transformed to 36 values for each channel, the
// filter to 36 for each channel and filter, and each of the 36 is a product of its own: tiles × channels times channels ×
// filters. 36 products for 16 pixels, where the plain way takes 144. The price is accuracy: transformed values are sums
// of differences, and the error is about twice that of the plain way (measured on sums of 576 terms).
//
// A thread takes a block of tiles through all steps. Transformed tiles (V) are lines of `lineFloats`, as the products
// want them, several of the 36 values side by side where channels are few; V, and the products (M) of some panels of
// filters, stay in the second cache.
import { lineBytes, activate, panelsOf } from "../gemm/blocks.assembly";
import { gemmTileRows, tileRows } from "../gemm/tile-rows.assembly";
import { Geometry } from "./patches.assembly";
import { winogradPanels } from "./winograd-sizes";
import { Cut, offsetsOf, vectors36, winogradTransformInput } from "./winograd-tiles.assembly";
import { storeFilterTransform, storeOutputTransform } from "./winograd-transforms.assembly";

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
    for (let i = 0; i < count; i++) {
      const line = v + <usize>i * lineBytes;
      for (let part = 0; part < cut.parts; part++) {
        const begin = part * cut.depth;
        const end = min(g.channels, begin + cut.depth);
        const table = offsetsOf(cut) + (<usize>part << 2);
        winogradTransformInput(line, table, <usize>cut.parts << 2, x, g, cut, tile + i, begin, end, work);
      }
    }
    for (let panel = 0; panel < panelCount; panel += winogradPanels) {
      const some = min(winogradPanels, panelCount - panel);
      multiply(m, v, panels, g, cut, count, panel, some);
      for (let i = 0; i < count; i++) {
        transformOutput(y, m + (<usize>i << 5), bias, g, cut, tile + i, panel, some, activation, work);
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
  let offset = offsetsOf(cut);
  memory.fill(m, 0, <usize>(36 * winogradPanels) * bytes);
  for (let p = 0; p < 36; p++) {
    for (let part = 0; part < cut.parts; part++) {
      const begin = part * cut.depth;
      const depth = min(g.channels - begin, cut.depth);
      const a = v + load<u32>(offset);
      offset += 4;
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
