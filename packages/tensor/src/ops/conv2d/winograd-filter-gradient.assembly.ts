// dfilter of a convolution with filters of 3×3 and stride 1, by the transpose of Winograd's F(4×4, 3×3).
//
// y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A is linear in the filter g, so dg = Gᵀ [Σ_tiles (A dy Aᵀ) ⊙ (Bᵀ d B)] G: for each of the 36
// values a product of transformed tiles of x, transposed, with transformed tiles of dy, and one transform at the end.
//
// A job takes some of the channels, some panels of filters and a part of the tiles; its 36 products grow tile block by
// tile block. How tiles are cut into parts depends on the shape alone, so the bits do not depend on the threads.
import { lineBytes, panelsOf } from "../gemm/blocks.assembly";
import { gemmTileColumns } from "../gemm/tile-columns.assembly";
import { tileRows } from "../gemm/tile-rows.assembly";
import { Geometry } from "./patches.assembly";
import { winogradPanels } from "./winograd-sizes";
import { Cut, offsetsOf, vectors36, winogradTransformInput } from "./winograd-tiles.assembly";
import { storeFilterAdjoint, storeOutputAdjoint } from "./winograd-transforms.assembly";

/**
 * @param parts filter gradients to be added, one after the other; the gradient itself where there is one part
 * @param partTiles tiles to a part
 * @param cutWords a `Cut` and its table; `depth` are the channels of a job
 * @param workspace `workspaceBytes` for each thread
 * @param counter hands out jobs
 */
export function conv2dWinogradFilterGradient(
  x: usize, dy: usize, parts: usize, geometry: usize, partTiles: i32, cutWords: usize,
  workspace: usize, workspaceBytes: i32, counter: usize, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const cut = changetype<Cut>(cutWords);
  const work = workspace + <usize>thread * <u32>workspaceBytes;
  const v = work + 2 * vectors36;
  const w = v + <u32>cut.bytesV;
  const products = w + <usize>(36 * winogradPanels * cut.block << 5);
  const tiles = g.batch * cut.tilesDown * cut.tilesAcross;
  const panelCount = panelsOf(g.filters);
  const across = (panelCount + winogradPanels - 1) / winogradPanels;
  const jobs = ((tiles + partTiles - 1) / partTiles) * cut.parts * across;
  for (let job = atomic.add<i32>(counter, 1); job < jobs; job = atomic.add<i32>(counter, 1)) {
    const part = job / (cut.parts * across);
    const channel = ((job / across) % cut.parts) * cut.depth;
    const channels = min(cut.depth, g.channels - channel);
    const panel = (job % across) * winogradPanels;
    const some = min(winogradPanels, panelCount - panel);
    const lastTile = min(tiles, (part + 1) * partTiles);
    memory.fill(products, 0, <usize>(36 * winogradPanels) * productBytes(cut));
    for (let tile = part * partTiles; tile < lastTile; tile += cut.block) {
      const count = min(cut.block, lastTile - tile);
      for (let i = 0; i < count; i++) {
        const line = v + <usize>i * lineBytes;
        winogradTransformInput(line, offsetsOf(cut), 4, x, g, cut, tile + i, channel, channel + channels, work);
        transformGradient(w + (<usize>i << 5), dy, g, cut, tile + i, panel, some, work);
      }
      multiply(products, v, w, cut, channels, some, count);
    }
    const size = <usize>(9 * g.channels * g.filters) << 2;
    storeGradient(parts + <usize>part * size, products, g, cut, channel, channels, panel, some, work);
  }
}

/** Bytes of one value's product for one panel. */
// @ts-ignore: decorator
@inline
function productBytes(cut: Cut): usize {
  return <usize>((cut.depth + 11) / 12 * 12) << 5;
}

/** A dy Aᵀ of one tile, for the filters of `some` panels: `target` is the tile's row in the first panel. */
function transformGradient(
  target: usize, dy: usize, g: Geometry, cut: Cut, tile: i32, panel: i32, some: i32, work: usize,
): void {
  const image = tile / (cut.tilesDown * cut.tilesAcross);
  const place = tile - image * (cut.tilesDown * cut.tilesAcross);
  const tileY = place / cut.tilesAcross;
  const top = tileY << 2;
  const left = (place - tileY * cut.tilesAcross) << 2;
  const rows = min(4, g.outHeight - top);
  const columns = min(4, g.outWidth - left);
  const pixel = <usize>g.filters << 2;
  const row = pixel * g.outWidth;
  const source = dy + <usize>((image * g.outHeight + top) * g.outWidth + left) * pixel;
  const panelBytes = <usize>cut.block << 5;
  const value = <usize>winogradPanels * panelBytes;
  const zero = f32x4.splat(0);
  const first = panel << 3;
  const last = min(g.filters, first + (some << 3));
  for (let filter = first; filter < last; filter += 4) {
    for (let s = 0; s < 4; s++) {
      const at = source + <usize>s * pixel + (<usize>filter << 2);
      const inside = s < columns;
      storeOutputAdjoint(
        inside ? v128.load(at) : zero,
        inside && rows > 1 ? v128.load(at + row) : zero,
        inside && rows > 2 ? v128.load(at + 2 * row) : zero,
        inside && rows > 3 ? v128.load(at + 3 * row) : zero,
        work + (<usize>s << 4), 64,
      );
    }
    const out = target + <usize>((filter - first) >> 3) * panelBytes + (<usize>(filter & 4) << 2);
    for (let r = 0; r < 6; r++) {
      const at = work + <usize>r * 64;
      storeOutputAdjoint(
        v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), out + <usize>(6 * r) * value, value,
      );
    }
  }
}

/** Adds Vᵀ W of `count` tiles to the products of the 36 values. */
function multiply(products: usize, v: usize, w: usize, cut: Cut, channels: i32, some: i32, count: i32): void {
  const bytes = productBytes(cut);
  for (let p = 0; p < 36; p++) {
    const a = v + load<u32>(offsetsOf(cut) + (<usize>p << 2));
    for (let j = 0; j < some; j++) {
      const b = w + <usize>((p * winogradPanels + j) * cut.block << 5);
      const c = products + <usize>(p * winogradPanels + j) * bytes;
      for (let i = 0; i < channels; i += tileRows) {
        gemmTileColumns(a + (<usize>i << 2), b, c + (<usize>i << 5), count);
      }
    }
  }
}

/** Gᵀ U G for a job's channels and filters. */
function storeGradient(
  target: usize, products: usize, g: Geometry, cut: Cut, channel: i32, channels: i32, panel: i32, some: i32, work: usize,
): void {
  const bytes = productBytes(cut);
  const value = <usize>winogradPanels * bytes;
  const tap = <usize>(g.channels * g.filters) << 2;
  const first = panel << 3;
  const last = min(g.filters, first + (some << 3));
  for (let c = 0; c < channels; c++) {
    for (let filter = first; filter < last; filter += 4) {
      const inPanel = (<usize>c << 5) + (<usize>(filter & 4) << 2);
      const source = products + <usize>((filter - first) >> 3) * bytes + inPanel;
      for (let s = 0; s < 6; s++) storeFilterAdjoint(source + <usize>s * value, 6 * value, work + (<usize>s << 4), 96);
      const out = target + (<usize>((channel + c) * g.filters + filter) << 2);
      for (let r = 0; r < 3; r++) storeFilterAdjoint(work + <usize>r * 96, 16, out + <usize>(3 * r) * tap, tap);
    }
  }
}
