/** @file Launches Winograd's convolution on the cpu device, and says when it pays. */
import { COUNTER, type CpuDevice } from "../../devices/cpu/cpu-device.ts";
import type { Activation } from "../activation.ts";
import { activationCode } from "../activation-code.ts";
import { lineFloats, maximumLine, panelColumns } from "../gemm/block-sizes.ts";
import { addParts, mostParts } from "./filter-gradient-parts.ts";
import type { Conv2dGeometry } from "./geometry.ts";
import { winogradPanels } from "./winograd-sizes.ts";

/** Values of a transformed tile. */
const values = 36;

/** Bytes of a line of transformed tiles. */
const lineBytes = lineFloats * 4;

/** Bytes of transformed tiles that a block should keep to, so that they stay in a second cache of 512 KiB. */
const cacheBytes = 320 * 1024;

/** Most tiles in a block, and the grain: a multiple of every tile height of the products. */
const mostTiles = 48;
const grain = 12;

/** Blocks a thread should find. */
const blocksPerThread = 3;

/** Products saved, as a factor, below which the transforms cost more than they save. */
const leastGain = 1.7;

/**
 * Whether Winograd's F(4×4, 3×3) is the faster way: filters of 3×3, stride 1, enough channels and filters for products
 * to outweigh transforms, and few pixels of the 4×4 tiles beyond the edge.
 */
export function winogradPays(g: Conv2dGeometry): boolean {
  const plain = g.strideY === 1 && g.strideX === 1 && g.dilationY === 1 && g.dilationX === 1 && g.groups === 1;
  if (!plain || g.filterHeight !== 3 || g.filterWidth !== 3) return false;
  if (g.channels % 4 !== 0 || g.filters % 4 !== 0 || g.channels < 16 || g.filters < 16) return false;
  const { down, across } = tilesOf(g);
  return (9 * g.outHeight * g.outWidth) / (values * down * across) >= leastGain && g.batch * down * across >= grain;
}

/** Where the operands are, and whether the filter is that of the forward convolution whose input gradient this is. */
export interface WinogradOperands {
  readonly x: number;
  readonly filter: number;
  readonly flipped: boolean;
  /** 0 for none. */
  readonly bias: number;
  readonly y: number;
}

/** Transforms the filter, then multiplies transformed tiles with it. `geometryWords` is the kernels' `Geometry`. */
export function convolveWinograd(
  device: CpuDevice,
  { x, filter, flipped, bias, y }: WinogradOperands,
  geometry: Conv2dGeometry,
  geometryWords: number,
  activation: Activation,
): void {
  const { batch, channels } = geometry;
  const { down, across } = tilesOf(geometry);
  const parts = Math.ceil(channels / maximumLine);
  const fair = Math.ceil((batch * down * across) / (device.threads * blocksPerThread));
  const { words, block, bytesV } = cutWords(geometry, parts, parts, Math.min(mostTiles, fair));
  const workspaceBytes = scratchBytes + bytesV + panelsBytes(block);
  const columns = Math.ceil(geometry.filters / panelColumns) * panelColumns;
  device.scratch(values * columns * channels * 4, (panels) => {
    device.scratch(device.threads * workspaceBytes, (workspace) => {
      device.run("conv2dWinogradFilter", [filter, panels, workspace, geometryWords, flipped ? 1 : 0]);
      device.run("conv2dWinograd", [
        ...[x, panels, bias, y, geometryWords, activationCode[activation], device.constant(words)],
        ...[workspace, workspaceBytes, COUNTER],
      ]);
    });
  });
}

function tilesOf({ outHeight, outWidth }: Conv2dGeometry) {
  return { down: Math.ceil(outHeight / 4), across: Math.ceil(outWidth / 4) };
}

/** The kernels' `Cut` with its table, and the bytes that transformed tiles take. The cut does not change the result. */
function cutWords(geometry: Conv2dGeometry, parts: number, kept: number, most: number) {
  const { down, across } = tilesOf(geometry);
  const depth = partDepth(geometry.channels, parts);
  const together = Math.floor(lineFloats / depth);
  const lines = Math.ceil((values * kept) / together);
  const fitting = Math.floor(cacheBytes / (lines * lineBytes));
  const block = Math.max(1, Math.floor(Math.min(most, fitting) / grain)) * grain;
  const bytesV = lines * block * lineBytes;
  const offsets = Array.from({ length: values * kept }, (_, unit) => {
    const line = Math.floor(unit / together) * block;
    return line * lineBytes + (unit % together) * depth * 4;
  });
  return { words: Int32Array.of(down, across, block, parts, depth, bytesV, ...offsets), block, bytesV };
}

/** Channels in each of `parts`: in fours. */
function partDepth(channels: number, parts: number): number {
  return Math.ceil(channels / parts / 4) * 4;
}

/** Two times 36 vectors for transforms. */
const scratchBytes = 2 * values * 16;

/** Bytes of rows of 8 floats, for every value and the panels that are kept at a time. */
function panelsBytes(rows: number): number {
  return values * winogradPanels * rows * 32;
}

/** Channels that a job of the filter gradient takes at most, so that its products stay in the second cache. */
const jobChannels = 64;

/** The filter gradient from x and dy, as sums over parts of the tiles that are added afterwards. */
export function winogradFilterGradient(
  device: CpuDevice,
  { x, dy, dfilter }: { readonly x: number; readonly dy: number; readonly dfilter: number },
  geometry: Conv2dGeometry,
  geometryWords: number,
): void {
  const { batch, channels, filters } = geometry;
  const { down, across } = tilesOf(geometry);
  const tiles = batch * down * across;
  const channelParts = Math.ceil(channels / jobChannels);
  const { words, block, bytesV } = cutWords(geometry, channelParts, 1, mostTiles);
  const size = 9 * channels * filters;
  const jobs = channelParts * Math.ceil(filters / (winogradPanels * panelColumns));
  const partTiles = Math.ceil(tiles / mostParts(jobs, size) / grain) * grain;
  const parts = Math.ceil(tiles / partTiles);
  const productRows = Math.ceil(partDepth(channels, channelParts) / grain) * grain;
  const workspaceBytes = scratchBytes + bytesV + panelsBytes(block) + panelsBytes(productRows);
  addParts(device, { parts, size, gradient: dfilter }, (target) => {
    device.scratch(device.threads * workspaceBytes, (workspace) => {
      device.run("conv2dWinogradFilterGradient", [
        ...[x, dy, target, geometryWords, partTiles, device.constant(words)],
        ...[workspace, workspaceBytes, COUNTER],
      ]);
    });
  });
}
