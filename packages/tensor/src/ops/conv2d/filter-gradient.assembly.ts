// dfilter = patches(x)ᵀ dy, a sum over all pixels of the batch.
//
// The pixels are cut into parts, each with a sum of its own; the parts are added in order afterwards. How many parts
// there are depends on the shape alone, so the bits do not depend on the threads.
import {
  maximumColumnRows,
  maximumColumns,
  maximumDepth,
  workspaceBytes,
  workspaceBytesA,
  workspaceBytesB,
} from "../gemm/block-sizes";
import {
  gemmMultiplyColumns,
  gemmPackPanel,
  gemmStartBlock,
  gemmStoreRow,
  panelsOf,
} from "../gemm/blocks.assembly";
import { shareStart } from "../parallel.assembly";
import { conv2dPackPatches, Geometry, patchLength, pixelsOf } from "./patches.assembly";

/**
 * @param parts filter gradients to be added, one after the other; the gradient itself where there is one part
 * @param partPixels pixels to a part
 * @param workspace `workspaceBytes` for each thread
 * @param counter hands out blocks
 */
export function conv2dFilterGradientParts(
  x: usize, dy: usize, parts: usize, geometry: usize, partPixels: i32,
  workspace: usize, counter: usize, thread: i32, threads: i32,
): void {
  const g = changetype<Geometry>(geometry);
  workspace += <usize>thread * workspaceBytes;
  const panels = workspace + workspaceBytesA;
  const c = panels + workspaceBytesB;
  const length = patchLength(g);
  const pixels = pixelsOf(g);
  const across = (g.groupFilters + maximumColumns - 1) / maximumColumns;
  const down = (length + maximumColumnRows - 1) / maximumColumnRows;
  const rowsEach = (length + down - 1) / down;
  const blocks = max(1, (pixels + partPixels - 1) / partPixels) * g.groups * down * across;
  for (let block = atomic.add<i32>(counter, 1); block < blocks; block = atomic.add<i32>(counter, 1)) {
    const partAndGroup = block / (down * across);
    const part = partAndGroup / g.groups;
    const group = partAndGroup - part * g.groups;
    const row = ((block / across) % down) * rowsEach;
    const column = (block % across) * maximumColumns;
    const rows = min(rowsEach, length - row);
    const columns = min(maximumColumns, g.groupFilters - column);
    const first = group * g.groupFilters + column;
    const source = x + (<usize>(group * g.groupChannels) << 2);
    gemmStartBlock(c, rows, columns, 0);
    const end = min(pixels, (part + 1) * partPixels);
    for (let pixel = part * partPixels; pixel < end; pixel += maximumDepth) {
      const depth = min(maximumDepth, end - pixel);
      conv2dPackPatches(workspace, source, g, pixel, depth, row, row + rows);
      packGradient(panels, dy + ((<usize>pixel * g.filters + first) << 2), g.filters, depth, columns);
      gemmMultiplyColumns(workspace, panels, c, panelsOf(columns), rows, depth);
    }
    const target = parts + (((<usize>part * length + row) * g.filters + first) << 2);
    for (let i = 0; i < rows; i++) {
      gemmStoreRow(target + (<usize>i * g.filters << 2), c + (<usize>i << 5), columns, 0);
    }
  }
}

function packGradient(target: usize, dy: usize, filters: i32, depth: i32, columns: i32): void {
  for (let panel = 0; panel < panelsOf(columns); panel++) {
    gemmPackPanel(target + <usize>panel * (<usize>depth << 5), dy + (<usize>panel << 5), <usize>filters << 2, depth);
  }
}

/** dfilter[i] = Σ parts[p][i], p in increasing order. */
export function conv2dFilterGradientSum(
  parts: usize, dfilter: usize, count: i32, size: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(size, 16, thread + 1, threads);
  let i = shareStart(size, 16, thread, threads);
  const stride = <usize>size << 2;
  for (; i + 4 <= end; i += 4) {
    let at = parts + (<usize>i << 2);
    let total = v128.load(at);
    for (let part = 1; part < count; part++) {
      at += stride;
      total = f32x4.add(total, v128.load(at));
    }
    v128.store(dfilter + (<usize>i << 2), total);
  }
  for (; i < end; i++) {
    let at = parts + (<usize>i << 2);
    let total = f32.load(at);
    for (let part = 1; part < count; part++) {
      at += stride;
      total += f32.load(at);
    }
    f32.store(dfilter + (<usize>i << 2), total);
  }
}
