// y = activation(op(A) op(B) + bias), for one or many pairs of matrices, in blocks of C that threads take in turn.
//
// Each element of y is summed over k in increasing order, whatever the blocks and threads.
import { maximumDepth, maximumLine, workspaceBytes, workspaceBytesA, workspaceBytesB } from "../gemm/block-sizes";
import {
  gemmMultiplyColumns,
  gemmMultiplyRows,
  gemmPackLines,
  gemmPackPanel,
  gemmPackPanelTransposed,
  gemmStartBlock,
  gemmStoreRow,
  panelsOf,
} from "../gemm/blocks.assembly";

/** Offset, in bytes, of the matrix that product `batch` takes of an operand whose strides are at `strides`. */
function matrixOffset(layout: usize, strides: usize, batch: i32): usize {
  let offset = 0;
  for (let axis: usize = 16; axis > 0; axis -= 4) {
    const size = load<i32>(layout + axis - 4);
    const rest = batch / size;
    offset += (batch - rest * size) * load<i32>(strides + axis - 4);
    batch = rest;
  }
  return <usize>(<u32>offset) << 2;
}

/**
 * @param a matrices [m, k], or [k, m] with `transposeA`
 * @param b matrices [k, n], or [n, k] with `transposeB`
 * @param bias [n], or 0
 * @param y [batches, m, n]
 * @param layout sizes of four leading axes, the strides of a along them, those of b, in elements
 * @param activation 0 none, 1 relu, 2 elu
 * @param blockRows rows of y to a block: at most `maximumRows`, or `maximumColumnRows` with `transposeA`
 * @param blockColumns columns of y to a block: a multiple of 8, at most `maximumColumns`
 * @param workspace `workspaceBytes` for each thread
 * @param counter hands out blocks
 */
export function matmulBlocks(
  a: usize, b: usize, bias: usize, y: usize,
  batches: i32, layout: usize, m: i32, n: i32, k: i32, transposeA: i32, transposeB: i32, activation: i32,
  blockRows: i32, blockColumns: i32, workspace: usize, counter: usize, thread: i32, threads: i32,
): void {
  workspace += <usize>thread * workspaceBytes;
  const c = workspace + workspaceBytesA + workspaceBytesB;
  const across = (n + blockColumns - 1) / blockColumns;
  const blocksOfMatrix = ((m + blockRows - 1) / blockRows) * across;
  const blocks = batches * blocksOfMatrix;
  const longest = transposeA ? maximumDepth : maximumLine;
  const steps = max(1, (k + longest - 1) / longest);
  const depth = (k + steps - 1) / steps;
  for (let block = atomic.add<i32>(counter, 1); block < blocks; block = atomic.add<i32>(counter, 1)) {
    const batch = block / blocksOfMatrix;
    const place = block - batch * blocksOfMatrix;
    const matrixA = a + matrixOffset(layout, layout + 16, batch);
    const matrixB = b + matrixOffset(layout, layout + 32, batch);
    const matrixY = y + <usize>batch * ((<usize>m * n) << 2);
    const row = (place / across) * blockRows;
    const column = (place % across) * blockColumns;
    const rows = min(blockRows, m - row);
    const columns = min(blockColumns, n - column);
    gemmStartBlock(c, rows, columns, bias ? bias + (<usize>column << 2) : 0);
    for (let start = 0; start < k; start += depth) {
      const length = min(depth, k - start);
      const from = matrixB + ((transposeB ? <usize>column * k + start : <usize>start * n + column) << 2);
      const stride = <usize>(transposeB ? k : n) << 2;
      if (transposeA) {
        const lines = matrixA + ((<usize>start * m + row) << 2);
        addColumns(workspace, lines, <usize>m << 2, from, stride, rows, columns, length, transposeB);
      } else {
        const lines = matrixA + ((<usize>row * k + start) << 2);
        addRows(workspace, lines, <usize>k << 2, from, stride, rows, columns, length, transposeB);
      }
    }
    for (let i = 0; i < rows; i++) {
      gemmStoreRow(matrixY + ((<usize>(row + i) * n + column) << 2), c + (<usize>i << 5), columns, activation);
    }
  }
}

/** C += A B with A as it is: one panel of B at a time, used by all rows of the block. */
function addRows(
  workspace: usize, a: usize, strideA: usize, b: usize, strideB: usize,
  rows: i32, columns: i32, depth: i32, transposeB: i32,
): void {
  const panel = workspace + workspaceBytesA;
  gemmPackLines(workspace, a, strideA, rows, depth);
  for (let i = 0; i < panelsOf(columns); i++) {
    pack(panel, b, strideB, i << 3, depth, columns, transposeB);
    gemmMultiplyRows(workspace, panel, panel + workspaceBytesB, i, rows, depth);
  }
}

/** C += A B with A stored transposed: its lines are runs of rows of C. */
function addColumns(
  workspace: usize, a: usize, strideA: usize, b: usize, strideB: usize,
  rows: i32, columns: i32, depth: i32, transposeB: i32,
): void {
  const panels = workspace + workspaceBytesA;
  gemmPackLines(workspace, a, strideA, depth, rows);
  for (let i = 0; i < panelsOf(columns); i++) {
    pack(panels + <usize>i * (<usize>depth << 5), b, strideB, i << 3, depth, columns, transposeB);
  }
  gemmMultiplyColumns(workspace, panels, panels + workspaceBytesB, panelsOf(columns), rows, depth);
}

/** Packs the panel of B that starts at `column` of the block. */
function pack(
  target: usize, b: usize, stride: usize, column: i32, depth: i32, columns: i32, transposeB: i32,
): void {
  if (transposeB) gemmPackPanelTransposed(target, b + <usize>column * stride, stride, depth, min(8, columns - column));
  else gemmPackPanel(target, b + (<usize>column << 2), stride, depth);
}
