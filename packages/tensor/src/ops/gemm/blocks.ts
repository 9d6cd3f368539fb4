/** @file How a matrix product is cut into blocks for the threads of the cpu device. */
import type { CpuDevice } from "../../devices/cpu/cpu-device.ts";
import { maximumColumns, panelColumns, workspaceBytes } from "./block-sizes.ts";

/** Rows and columns of a block of the result. */
export interface Blocks {
  readonly rows: number;
  readonly columns: number;
}

/** Blocks a thread should find, so that threads end at about the same time. */
const blocksPerThread = 4;

/** Rows below which a block is cut by columns instead: a panel of B is fetched once for all rows of a block. */
const fewRows = 48;

/** Multiple of every tile height. */
const rowGrain = 12;

/**
 * The largest blocks of which there are enough for all threads. Blocks do not change the result: each of its elements
 * is summed within one block, in the same order.
 *
 * @param batches products of this size in the same launch
 */
export function chooseBlocks(m: number, n: number, threads: number, maximumRows: number, batches = 1): Blocks {
  const wanted = (threads * blocksPerThread) / batches;
  let rows = Math.min(maximumRows, roundUp(m, rowGrain));
  let columns = Math.min(maximumColumns, roundUp(n, panelColumns));
  const count = () => Math.ceil(m / rows) * Math.ceil(n / columns);
  while (count() < wanted && rows > fewRows) rows = roundUp(rows / 2, rowGrain);
  while (count() < wanted && columns > 2 * panelColumns) columns = roundUp(columns / 2, panelColumns);
  while (count() < wanted && rows > rowGrain) rows = roundUp(rows / 2, rowGrain);
  return { rows, columns };
}

/** Lends every thread a workspace for packed blocks. */
export function withWorkspace(device: CpuDevice, body: (address: number) => void): void {
  device.scratch(device.threads * workspaceBytes, body);
}

function roundUp(size: number, grain: number): number {
  return Math.max(1, Math.ceil(size / grain)) * grain;
}
