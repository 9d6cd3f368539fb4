/** @file Launches the three products of a convolution on the cpu device. */
import { COUNTER, type CpuDevice } from "../../devices/cpu/cpu-device.ts";
import type { Activation } from "../activation.ts";
import { activationCode } from "../activation-code.ts";
import { maximumColumnRows, maximumColumns, maximumDepth, maximumRows, panelColumns } from "../gemm/block-sizes.ts";
import { chooseBlocks, withWorkspace } from "../gemm/blocks.ts";
import type { CpuLaunch } from "../op.ts";
import type { Conv2dAttributes, Conv2dGradientAttributes } from "./conv2d.ts";
import { addParts, mostParts } from "./filter-gradient-parts.ts";
import type { Conv2dGeometry } from "./geometry.ts";
import { inputGradientPhases, type Placement } from "./input-gradient-phases.ts";
import { convolveWinograd, winogradFilterGradient, winogradPays } from "./winograd.ts";

/** Packs the filter, then multiplies patches with it. */
export const conv2dCpu: CpuLaunch<Conv2dAttributes> = (device, [x, filter, bias], [y], attributes) => {
  const { geometry, activation } = attributes;
  if (device.winograd && winogradPays(geometry)) {
    const addresses = { x: x!.block.address, filter: filter!.block.address, y: y!.block.address };
    const operands = { ...addresses, flipped: false, bias: bias?.block.address ?? 0 };
    convolveWinograd(device, operands, geometry, geometryWords(device, geometry), activation);
    return;
  }
  const { outHeight, outWidth } = geometry;
  const placement = { image: outHeight * outWidth, row: outWidth, column: 1, first: 0 };
  device.scratch(packedFilterBytes(geometry), (panels) => {
    device.run("conv2dPackFilter", [filter!.block.address, panels, geometryWords(device, geometry)]);
    const addresses = [x!.block.address, panels, bias?.block.address ?? 0, y!.block.address];
    multiplyPatches(device, addresses, geometry, placement, activation);
  });
};

/** Each phase of the stride is a convolution of dy by some of the taps, flipped. Together the phases fill dx. */
export const conv2dInputGradientCpu: CpuLaunch<Conv2dAttributes> = (device, [dy, filter, bias], [dx], attributes) => {
  const { strideY, strideX } = attributes.geometry;
  for (const { geometry, taps, placement } of inputGradientPhases(attributes.geometry)) {
    if (strideY === 1 && strideX === 1 && device.winograd && winogradPays(geometry)) {
      const addresses = { x: dy!.block.address, filter: filter!.block.address, y: dx!.block.address };
      const operands = { ...addresses, flipped: true, bias: bias?.block.address ?? 0 };
      convolveWinograd(device, operands, geometry, geometryWords(device, geometry), attributes.activation);
      continue;
    }
    device.scratch(packedFilterBytes(geometry), (panels) => {
      const words = [geometryWords(device, geometry), device.constant(Int32Array.from(taps))];
      device.run("conv2dPackFlippedFilter", [filter!.block.address, panels, ...words]);
      const addresses = [dy!.block.address, panels, bias?.block.address ?? 0, dx!.block.address];
      multiplyPatches(device, addresses, geometry, placement, attributes.activation);
    });
  }
};

/** Sums over parts of the batch's pixels, then adds the parts. */
export const conv2dFilterGradientCpu: CpuLaunch<Conv2dGradientAttributes> = (
  device,
  [x, dy],
  [dfilter],
  { geometry },
) => {
  if (device.winograd && winogradPays(geometry)) {
    const addresses = { x: x!.block.address, dy: dy!.block.address, dfilter: dfilter!.block.address };
    winogradFilterGradient(device, addresses, geometry, geometryWords(device, geometry));
    return;
  }
  const { batch, outHeight, outWidth, filterHeight, filterWidth, groups, groupChannels, groupFilters } = geometry;
  const pixels = batch * outHeight * outWidth;
  const rows = filterHeight * filterWidth * groupChannels;
  const size = rows * groups * groupFilters;
  const blocks = groups * Math.ceil(rows / maximumColumnRows) * Math.ceil(groupFilters / maximumColumns);
  const partPixels = Math.max(1, Math.ceil(pixels / mostParts(blocks, size) / maximumDepth)) * maximumDepth;
  const parts = Math.max(1, Math.ceil(pixels / partPixels));
  const words = geometryWords(device, geometry);
  addParts(device, { parts, size, gradient: dfilter!.block.address }, (target) => {
    withWorkspace(device, (workspace) => {
      const addresses = [x!.block.address, dy!.block.address, target, words];
      device.run("conv2dFilterGradientParts", [...addresses, partPixels, workspace, COUNTER]);
    });
  });
};

/** `addresses`: x, packed filter, bias or 0, and y. */
function multiplyPatches(
  device: CpuDevice,
  addresses: readonly number[],
  geometry: Conv2dGeometry,
  { image, row, column, first }: Placement,
  activation: Activation,
): void {
  const { batch, outHeight, outWidth, groups, groupFilters } = geometry;
  const blocks = chooseBlocks(batch * outHeight * outWidth, groupFilters, device.threads / groups, maximumRows);
  const placement = device.constant(Int32Array.of(image, row, column, first));
  withWorkspace(device, (workspace) => {
    device.run("conv2dMultiplyPatches", [
      ...addresses,
      ...[geometryWords(device, geometry), placement, activationCode[activation]],
      ...[blocks.rows, blocks.columns, workspace, COUNTER],
    ]);
  });
}

/** Filters in panels of 8, the last one of each group padded. */
function packedFilterBytes({ filterHeight, filterWidth, groups, groupChannels, groupFilters }: Conv2dGeometry): number {
  const columns = groups * Math.ceil(groupFilters / panelColumns) * panelColumns;
  return Math.max(1, filterHeight * filterWidth * groupChannels) * columns * 4;
}

/** In the order of the kernels' `Geometry`. */
function geometryWords(device: CpuDevice, g: Conv2dGeometry): number {
  return device.constant(
    Int32Array.of(
      ...[g.batch, g.height, g.width, g.channels, g.filterHeight, g.filterWidth, g.filters],
      ...[g.strideY, g.strideX, g.padTop, g.padLeft, g.outHeight, g.outWidth],
      ...[g.dilationY, g.dilationX, g.groups, g.groupChannels, g.groupFilters],
    ),
  );
}
