// y = activation(patches(x) filter + bias): convolution as an implicit matrix product, the filter being a matrix of
// taps · channels rows and filters columns.
//
// The input gradient is the same product of patches of dy with flipped filters, once for each phase of the stride:
// input pixels y ≡ phaseY, x ≡ phaseX (mod strides) see the same taps of the filter, and together they are a
// convolution of stride 1. With stride 1 there is one phase.
import {
  maximumLine,
  workspaceBytes,
  workspaceBytesA,
  workspaceBytesB,
} from "../gemm/block-sizes";
import {
  gemmMultiplyRows,
  gemmPackPanel,
  gemmPackPanelTransposed,
  gemmStartBlock,
  gemmStoreRow,
  panelsOf,
} from "../gemm/blocks.assembly";
import { conv2dPackPatches, Geometry, patchLength, pixelsOf } from "./patches.assembly";

/** Where pixels of a convolution's result go: one dense image for a forward pass, one phase of dx for a gradient. */
@unmanaged
class Placement {
  /** Pixels from one image to the next, from one row to the next, and from one column to the next. */
  image: i32;
  row: i32;
  column: i32;
  /** Pixel of the first row and column. */
  first: i32;
}

/** The taps of a filter that one phase of an input gradient uses, last first. */
@unmanaged
class Taps {
  /** Size of the whole filter. */
  height: i32;
  width: i32;
  /** The last tap used, and the distance from each to the one before. */
  lastY: i32;
  lastX: i32;
  stepY: i32;
  stepX: i32;
}

/** Packs a filter into panels of 8 filters, group by group. */
export function conv2dPackFilter(
  filter: usize, panels: usize, geometry: usize, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  const taps = g.filterHeight * g.filterWidth;
  const row = <usize>g.filters << 2;
  const channels = g.groupChannels;
  const groupPanels = panelsOf(g.groupFilters);
  for (let i = thread; i < g.groups * groupPanels * taps; i += threads) {
    const panel = i / taps;
    const column = (panel / groupPanels) * g.groupFilters + ((panel % groupPanels) << 3);
    const tap = filter + <usize>(i % taps) * channels * row;
    gemmPackPanel(panels + <usize>i * (<usize>channels << 5), tap + (<usize>column << 2), row, channels);
  }
}

/** Packs some taps of a filter, flipped and transposed, for one phase of an input gradient. */
export function conv2dPackFlippedFilter(
  filter: usize, panels: usize, geometry: usize, selection: usize, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry); // of the phase: its channels are the filters of the forward convolution
  const t = changetype<Taps>(selection);
  const taps = g.filterHeight * g.filterWidth;
  const row = <usize>g.channels << 2;
  const channels = g.groupChannels;
  const groupPanels = panelsOf(g.groupFilters);
  for (let i = thread; i < g.groups * groupPanels * taps; i += threads) {
    const tapY = t.lastY - ((i % taps) / g.filterWidth) * t.stepY;
    const tapX = t.lastX - (i % g.filterWidth) * t.stepX;
    const panel = i / taps;
    const group = panel / groupPanels;
    const column = (panel - group * groupPanels) << 3;
    const source = filter + <usize>((tapY * t.width + tapX) * g.groupFilters + column) * row;
    const target = panels + <usize>i * (<usize>channels << 5);
    const first = <usize>(group * channels) << 2;
    gemmPackPanelTransposed(target, source + first, row, channels, min(8, g.groupFilters - column));
  }
}

/**
 * @param panels the packed filter
 * @param bias [filters], or 0
 * @param activation 0 none, 1 relu, 2 elu
 * @param blockPixels pixels of y to a block: at most `maximumRows`
 * @param blockFilters filters to a block: a multiple of 8, at most `maximumColumns`
 * @param workspace `workspaceBytes` for each thread
 * @param counter hands out blocks
 */
export function conv2dMultiplyPatches(
  x: usize, panels: usize, bias: usize, y: usize, geometry: usize, placement: usize, activation: i32,
  blockPixels: i32, blockFilters: i32, workspace: usize, counter: usize, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  workspace += <usize>thread * workspaceBytes;
  const c = workspace + workspaceBytesA + workspaceBytesB;
  const pixels = pixelsOf(g);
  const across = (g.groupFilters + blockFilters - 1) / blockFilters;
  const groupBlocks = ((pixels + blockPixels - 1) / blockPixels) * across;
  const blocks = g.groups * groupBlocks;
  for (let block = atomic.add<i32>(counter, 1); block < blocks; block = atomic.add<i32>(counter, 1)) {
    const group = block / groupBlocks;
    const pixel = ((block - group * groupBlocks) / across) * blockPixels;
    const filter = (block % across) * blockFilters;
    const count = min(blockPixels, pixels - pixel);
    const filters = min(blockFilters, g.groupFilters - filter);
    const first = group * g.groupFilters + filter;
    const source = x + (<usize>(group * g.groupChannels) << 2);
    gemmStartBlock(c, count, filters, bias ? bias + (<usize>first << 2) : 0);
    addPatches(workspace, c, source, panels, g, pixel, count, group * panelsOf(g.groupFilters) + (filter >> 3), panelsOf(filters));
    storePixels(y, c, g, changetype<Placement>(placement), pixel, count, first, filters, activation);
  }
}

/** C += patches × filter, the patches cut into lines of equal length that fit. */
function addPatches(
  workspace: usize, c: usize, x: usize, panels: usize, g: Geometry, pixel: i32, count: i32, panel: i32, panelCount: i32,
): void {
  const length = patchLength(g);
  const steps = max(1, (length + maximumLine - 1) / maximumLine);
  const depth = (length + steps - 1) / steps;
  for (let start = 0; start < length; start += depth) {
    const end = min(length, start + depth);
    conv2dPackPatches(workspace, x, g, pixel, count, start, end);
    for (let i = 0; i < panelCount; i++) {
      const b = panels + (<usize>((panel + i) * length + start) << 5);
      gemmMultiplyRows(workspace, b, c, i, count, end - start);
    }
  }
}

/** Stores a block of C, pixel by pixel. */
function storePixels(
  y: usize, c: usize, g: Geometry, p: Placement, pixel: i32, count: i32, filter: i32, filters: i32, activation: i32,
): void {
  let column = pixel % g.outWidth;
  let row = (pixel / g.outWidth) % g.outHeight;
  let image = pixel / (g.outWidth * g.outHeight);
  for (let i = 0; i < count; i++) {
    const place = p.first + image * p.image + row * p.row + column * p.column;
    gemmStoreRow(y + ((<usize>place * g.filters + filter) << 2), c + (<usize>i << 5), filters, activation);
    if (++column < g.outWidth) continue;
    column = 0;
    if (++row < g.outHeight) continue;
    row = 0;
    image++;
  }
}
