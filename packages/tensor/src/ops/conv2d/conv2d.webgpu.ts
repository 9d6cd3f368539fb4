/** @file Launches of convolution and of its two gradients on WebGPU, each an implicit matrix product. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuBlock, WebgpuDevice } from "../../devices/webgpu/webgpu-device.ts";
import { sizeOf } from "../../shape.ts";
import { activationCode } from "../activation-code.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { Conv2dAttributes, Conv2dGradientAttributes } from "./conv2d.ts";
import code from "./conv2d.wgsl";
import filterGradientCode from "./conv2d-filter-gradient.wgsl";
import inputGradientCode from "./conv2d-input-gradient.wgsl";
import sumPartsCode from "./conv2d-sum-parts.wgsl";
import { filterGradientSplits, filterGradientTiles } from "./filter-gradient-splits.ts";
import { tapSteps } from "./input-gradient-phases.ts";

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
  dilationY: "u32",
  dilationX: "u32",
  padTop: "u32",
  padLeft: "u32",
  outHeight: "u32",
  outWidth: "u32",
  groups: "u32",
  groupChannels: "u32",
  groupFilters: "u32",
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
  bindings: { dy: "read", filterValues: "read", bias: "read", dx: "write" },
  parameters: {
    ...{ batch: "u32", ...sizes, phases: "u32", phaseColumns: "u32", phaseTiles: "u32" },
    ...{ tapStepY: "u32", tapStepX: "u32", outputStepY: "u32", outputStepX: "u32" },
  } as const,
  constants: { workgroupSize: 64, innerVectors: 0, hasBias: 0, activation: 0 },
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
  const { batch, outHeight, outWidth, groups, groupChannels, groupFilters } = geometry;
  const rows = batch * outHeight * outWidth;
  device.run(forward, {
    bindings: { x: x!.block, filterValues: filter!.block, bias: (bias ?? filter!).block, y: y!.block },
    parameters: { ...geometry, rows },
    constants: {
      ...{ innerVectors: vectors(groupChannels), columnVectors: vectors(groupFilters) },
      ...{ hasBias: bias ? 1 : 0, activation: activationCode[activation] },
    },
    workgroups: spread(Math.ceil(rows / 4) * groups * Math.ceil(groupFilters / 8), forward.constants.workgroupSize),
  });
};

/** Enqueues dx from [dy, filter], or a transposed convolution of dy with a bias and an activation. */
export const conv2dInputGradientWebgpu: WebgpuLaunch<Conv2dAttributes> = (
  device,
  [dy, filter, bias],
  [dx],
  { geometry, activation },
) => {
  const { batch, height, width, groups, groupChannels, groupFilters, strideY, strideX, dilationY, dilationX } =
    geometry;
  const phaseColumns = Math.min(strideX, width);
  const phases = Math.min(strideY, height) * phaseColumns;
  const phaseRows = batch * Math.ceil(height / strideY) * Math.ceil(width / strideX);
  const phaseTiles = Math.ceil(phaseRows / 4) * groups * Math.ceil(groupChannels / 8);
  const down = tapSteps({ stride: strideY, dilation: dilationY });
  const across = tapSteps({ stride: strideX, dilation: dilationX });
  device.run(inputGradient, {
    bindings: { dy: dy!.block, filterValues: filter!.block, bias: (bias ?? filter!).block, dx: dx!.block },
    parameters: {
      ...{ ...geometry, phases, phaseColumns, phaseTiles },
      ...{ tapStepY: down.tapStep, tapStepX: across.tapStep },
      ...{ outputStepY: down.dilation, outputStepX: across.dilation },
    },
    constants: {
      ...{ innerVectors: vectors(groupFilters), hasBias: bias ? 1 : 0 },
      activation: activationCode[activation],
    },
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
  const { groupChannels, groupFilters } = geometry;
  const tiles = filterGradientTiles(geometry);
  const { imageRows, splits, splitRows } = filterGradientSplits(geometry, tiles);
  addParts(device, { target: dfilter!.block, size: sizeOf(dfilter!.shape), splits }, (parts, partStride) => {
    device.run(filterGradient, {
      bindings: { x: x!.block, dy: dy!.block, parts },
      parameters: { ...geometry, imageRows, splits, splitRows, partStride },
      constants: { rowVectors: vectors(groupChannels), columnVectors: vectors(groupFilters) },
      workgroups: spread(tiles * splits, filterGradient.constants.workgroupSize),
    });
  });
};

/** A sum of `size` elements that is taken in several parts. */
interface SplitSum {
  readonly target: WebgpuBlock;
  readonly size: number;
  readonly splits: number;
}

/** Has `body` enqueue what fills the parts, `partStride` elements apart, and then adds them: one part is the sum itself. */
export function addParts(
  device: WebgpuDevice,
  { target, size, splits }: SplitSum,
  body: (parts: WebgpuBlock, partStride: number) => void,
): void {
  const quads = Math.ceil(size / 4);
  const partStride = quads * 4;
  if (splits === 1) {
    body(target, partStride);
    return;
  }
  device.scratch(splits * partStride * 4, "parts of a sum", (parts) => {
    body(parts, partStride);
    device.run(sumParts, {
      bindings: { parts, sums: target },
      parameters: { quads, splits, partStride },
      workgroups: spread(quads, sumParts.constants.workgroupSize),
    });
  });
}

/** Whether a contiguous axis can be loaded four elements at a time. */
function vectors(size: number): 0 | 1 {
  return size % 4 === 0 ? 1 : 0;
}
