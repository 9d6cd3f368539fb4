/** @file Launches of convolution and of its two gradients on WebGPU, each an implicit matrix product. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import { activationCode } from "../activation-code.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { Conv2dAttributes, Conv2dGradientAttributes } from "./conv2d.ts";
import code from "./conv2d.wgsl";
import filterGradientCode from "./conv2d-filter-gradient.wgsl";
import inputGradientCode from "./conv2d-input-gradient.wgsl";
import sumPartsCode from "./conv2d-sum-parts.wgsl";
import { filterGradientSplits } from "./filter-gradient-splits.ts";

/** A convolution's sizes, in the order in which the kernels name them. */
const sizes = {
  height: "u32",
  width: "u32",
  channels: "u32",
  filterHeight: "u32",
  filterWidth: "u32",
  filters: "u32",
  strideY: "u32",
  strideX: "u32",
  padTop: "u32",
  padLeft: "u32",
  outHeight: "u32",
  outWidth: "u32",
} as const;

const forward = defineKernel({
  name: "conv2d",
  code,
  bindings: { x: "read", filterValues: "read", bias: "read", y: "write" },
  parameters: { rows: "u32", ...sizes },
  constants: { workgroupSize: 64, innerVectors: 0, columnVectors: 0, hasBias: 0, activation: 0 },
});

const inputGradient = defineKernel({
  name: "conv2dInputGradient",
  code: inputGradientCode,
  bindings: { dy: "read", filterValues: "read", dx: "write" },
  parameters: { batch: "u32", ...sizes, phases: "u32", phaseColumns: "u32", phaseTiles: "u32" },
  constants: { workgroupSize: 64, innerVectors: 0 },
});

const filterGradient = defineKernel({
  name: "conv2dFilterGradient",
  code: filterGradientCode,
  bindings: { x: "read", dy: "read", parts: "write" },
  parameters: { ...sizes, imageRows: "u32", splits: "u32", splitRows: "u32", partStride: "u32" },
  constants: { workgroupSize: 64, rowVectors: 0, columnVectors: 0 },
});

const sumParts = defineKernel({
  name: "conv2dSumParts",
  code: sumPartsCode,
  bindings: { parts: "read", sums: "write" },
  parameters: { quads: "u32", splits: "u32", partStride: "u32" },
  constants: { workgroupSize: 64 },
});

/** Enqueues `activation(x ∗ filter + bias)`. */
export const conv2dWebgpu: WebgpuLaunch<Conv2dAttributes> = (device, [x, filter, bias], [y], attributes) => {
  const { geometry, activation } = attributes;
  const { batch, outHeight, outWidth, channels, filters } = geometry;
  const rows = batch * outHeight * outWidth;
  device.run(forward, {
    bindings: { x: x!.block, filterValues: filter!.block, bias: (bias ?? filter!).block, y: y!.block },
    parameters: { ...geometry, rows },
    constants: {
      ...{ innerVectors: vectors(channels), columnVectors: vectors(filters) },
      ...{ hasBias: bias ? 1 : 0, activation: activationCode[activation] },
    },
    workgroups: spread(Math.ceil(rows / 4) * Math.ceil(filters / 8), forward.constants.workgroupSize),
  });
};

/** Enqueues dx from [dy, filter]. */
export const conv2dInputGradientWebgpu: WebgpuLaunch<Conv2dGradientAttributes> = (
  device,
  [dy, filter],
  [dx],
  { geometry },
) => {
  const { batch, height, width, channels, filters, strideY, strideX } = geometry;
  const phaseColumns = Math.min(strideX, width);
  const phases = Math.min(strideY, height) * phaseColumns;
  const phaseRows = batch * Math.ceil(height / strideY) * Math.ceil(width / strideX);
  const phaseTiles = Math.ceil(phaseRows / 4) * Math.ceil(channels / 8);
  device.run(inputGradient, {
    bindings: { dy: dy!.block, filterValues: filter!.block, dx: dx!.block },
    parameters: { ...geometry, phases, phaseColumns, phaseTiles },
    constants: { innerVectors: vectors(filters) },
    workgroups: spread(phases * phaseTiles, inputGradient.constants.workgroupSize),
  });
};

/** Enqueues dfilter from [x, dy]. */
export const conv2dFilterGradientWebgpu: WebgpuLaunch<Conv2dGradientAttributes> = (
  device,
  [x, dy],
  [dfilter],
  { geometry },
) => {
  const { channels, filters } = geometry;
  const quads = Math.ceil(sizeOf(dfilter!.shape) / 4);
  const partStride = quads * 4;
  const { tiles, imageRows, splits, splitRows } = filterGradientSplits(geometry);
  const parts = splits === 1 ? dfilter!.block : device.allocate(splits * partStride * 4, "conv2dFilterGradient");
  device.run(filterGradient, {
    bindings: { x: x!.block, dy: dy!.block, parts },
    parameters: { ...geometry, imageRows, splits, splitRows, partStride },
    constants: { rowVectors: vectors(channels), columnVectors: vectors(filters) },
    workgroups: spread(tiles * splits, filterGradient.constants.workgroupSize),
  });
  if (splits === 1) return;
  device.run(sumParts, {
    bindings: { parts, sums: dfilter!.block },
    parameters: { quads, splits, partStride },
    workgroups: spread(quads, sumParts.constants.workgroupSize),
  });
  device.free(parts);
};

/** Whether a contiguous axis can be loaded four elements at a time. */
function vectors(size: number): 0 | 1 {
  return size % 4 === 0 ? 1 : 0;
}
