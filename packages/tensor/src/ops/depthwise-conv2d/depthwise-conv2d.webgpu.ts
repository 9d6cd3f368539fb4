/** @file Launches of depthwise convolution and of its two gradients on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuBlock, WebgpuDevice } from "../../devices/webgpu/webgpu-device.ts";
import { activationCode } from "../activation-code.ts";
import { addParts } from "../conv2d/add-parts-webgpu.ts";
import { filterGradientSplits } from "../conv2d/filter-gradient-splits.ts";
import { tapSteps } from "../conv2d/input-gradient-phases.ts";
import type { WebgpuLaunch } from "../op.ts";
import { transposeWebgpu } from "../transpose/transpose.webgpu.ts";
import type { DepthwiseConv2dAttributes, DepthwiseConv2dGradientAttributes } from "./depthwise-conv2d.ts";
import code from "./depthwise-conv2d.wgsl";
import filterGradientCode from "./depthwise-conv2d-filter-gradient.wgsl";
import inputGradientCode from "./depthwise-conv2d-input-gradient.wgsl";
import { planesBy } from "./planes.ts";

const planes = planesBy<WebgpuDevice, WebgpuBlock>(transposeWebgpu);

/** Sizes that all three kernels take, in the order in which they name them. */
const sizes = {
  height: "u32",
  width: "u32",
  channels: "u32",
  filterHeight: "u32",
  filterWidth: "u32",
  strideY: "u32",
  strideX: "u32",
  dilationY: "u32",
  dilationX: "u32",
  padTop: "u32",
  padLeft: "u32",
  outHeight: "u32",
  outWidth: "u32",
} as const;

const forward = defineKernel({
  name: "depthwiseConv2d",
  code,
  bindings: { x: "read", filterValues: "read", bias: "read", y: "write" },
  parameters: { planes: "u32", batch: "u32", ...sizes },
  constants: { workgroupSize: 64, channelVectors: 0, hasBias: 0, activation: 0 },
});

const inputGradient = defineKernel({
  name: "depthwiseConv2dInputGradient",
  code: inputGradientCode,
  bindings: { dy: "read", filterValues: "read", dx: "write" },
  parameters: {
    ...{ planes: "u32", batch: "u32", ...sizes, phaseColumns: "u32" },
    ...{ tapStepY: "u32", tapStepX: "u32", outputStepY: "u32", outputStepX: "u32" },
  } as const,
  constants: { workgroupSize: 64, channelVectors: 0 },
});

const filterGradient = defineKernel({
  name: "depthwiseConv2dFilterGradient",
  code: filterGradientCode,
  bindings: { x: "read", dy: "read", parts: "write" },
  parameters: { planes: "u32", ...sizes, imageRows: "u32", splits: "u32", splitRows: "u32", partStride: "u32" },
  constants: { workgroupSize: 64, channelVectors: 0 },
});

/** Enqueues `activation(x ∗ filter + bias)`. */
export const depthwiseConv2dWebgpu: WebgpuLaunch<DepthwiseConv2dAttributes> = (
  device,
  [x, filter, bias],
  [y],
  { geometry, activation },
) => {
  const { batch, outHeight, outWidth, channels, groupFilters } = geometry;
  const tiles = groupFilters * batch * outHeight * Math.ceil(outWidth / 4) * Math.ceil(channels / 4);
  planes.write(device, y!, groupFilters, (target) => {
    planes.read(device, filter!, groupFilters, (filterValues) => {
      planes.read(device, bias ?? filter!, bias ? groupFilters : 1, (offsets) => {
        device.run(forward, {
          bindings: { x: x!.block, filterValues, bias: offsets, y: target },
          parameters: { ...geometry, planes: groupFilters },
          constants: {
            ...{ channelVectors: vectors(channels), hasBias: bias ? 1 : 0 },
            activation: activationCode[activation],
          },
          workgroups: spread(tiles, forward.constants.workgroupSize),
        });
      });
    });
  });
};

/** Enqueues dx from [dy, filter]. */
export const depthwiseConv2dInputGradientWebgpu: WebgpuLaunch<DepthwiseConv2dGradientAttributes> = (
  device,
  [dy, filter],
  [dx],
  { geometry },
) => {
  const { batch, height, width, channels, groupFilters, strideY, strideX, dilationY, dilationX } = geometry;
  const phaseColumns = Math.min(strideX, width);
  const columnTiles = Math.ceil(Math.ceil(width / strideX) / 4);
  const down = tapSteps({ stride: strideY, dilation: dilationY });
  const across = tapSteps({ stride: strideX, dilation: dilationX });
  planes.read(device, dy!, groupFilters, (gradient) => {
    planes.read(device, filter!, groupFilters, (filterValues) => {
      device.run(inputGradient, {
        bindings: { dy: gradient, filterValues, dx: dx!.block },
        parameters: {
          ...{ ...geometry, planes: groupFilters, phaseColumns },
          ...{ tapStepY: down.tapStep, tapStepX: across.tapStep },
          ...{ outputStepY: down.dilation, outputStepX: across.dilation },
        },
        constants: { channelVectors: vectors(channels) },
        workgroups: spread(
          batch * height * phaseColumns * columnTiles * Math.ceil(channels / 4),
          inputGradient.constants.workgroupSize,
        ),
      });
    });
  });
};

/** Enqueues dfilter from [x, dy]. */
export const depthwiseConv2dFilterGradientWebgpu: WebgpuLaunch<DepthwiseConv2dGradientAttributes> = (
  device,
  [x, dy],
  [dfilter],
  { geometry },
) => {
  const { filterHeight, filterWidth, channels, groupFilters } = geometry;
  const taps = groupFilters * filterHeight * filterWidth;
  const tiles = taps * Math.ceil(channels / 4);
  const { imageRows, splits, splitRows } = filterGradientSplits(geometry, tiles);
  planes.read(device, dy!, groupFilters, (gradient) => {
    planes.write(device, dfilter!, groupFilters, (target) => {
      addParts(device, { target, size: taps * channels, splits }, (parts, partStride) => {
        device.run(filterGradient, {
          bindings: { x: x!.block, dy: gradient, parts },
          parameters: { ...geometry, planes: groupFilters, imageRows, splits, splitRows, partStride },
          constants: { channelVectors: vectors(channels) },
          workgroups: spread(tiles * splits, filterGradient.constants.workgroupSize),
        });
      });
    });
  });
};

/** Whether channels can be loaded four at a time. */
function vectors(channels: number): 0 | 1 {
  return channels % 4 === 0 ? 1 : 0;
}
