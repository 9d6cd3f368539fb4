/** @file Launches depthwise convolution and its two gradients on the cpu device. */
import { COUNTER, type CpuBlock, type CpuDevice } from "../../devices/cpu/cpu-device.ts";
import { activationCode } from "../activation-code.ts";
import { addParts, mostParts } from "../conv2d/filter-gradient-parts.ts";
import type { Conv2dGeometry } from "../conv2d/geometry.ts";
import { inputGradientPhases, type Placement } from "../conv2d/input-gradient-phases.ts";
import type { CpuLaunch } from "../op.ts";
import { transposeCpu } from "../transpose/transpose.cpu.ts";
import type { DepthwiseConv2dAttributes, DepthwiseConv2dGradientAttributes } from "./depthwise-conv2d.ts";
import { planesBy } from "./planes.ts";

const planes = planesBy<CpuDevice, CpuBlock>(transposeCpu);

/** A pass for each plane of the output. */
export const depthwiseConv2dCpu: CpuLaunch<DepthwiseConv2dAttributes> = (
  device,
  [x, filter, bias],
  [y],
  { geometry, activation },
) => {
  const { batch, filterHeight, filterWidth, outHeight, outWidth, channels, groupFilters } = geometry;
  const pass: Pass = {
    geometry,
    taps: tapTable(geometry, (r, s) => r * filterWidth + s),
    placement: { image: outHeight * outWidth, row: outWidth, column: 1, first: 0 },
    activation: activationCode[activation],
  };
  const filterBytes = filterHeight * filterWidth * channels * 4;
  const imageBytes = batch * outHeight * outWidth * channels * 4;
  planes.write(device, y!, groupFilters, (target) => {
    planes.read(device, filter!, groupFilters, (weights) => {
      planes.read(device, bias ?? filter!, bias ? groupFilters : 1, (offsets) => {
        for (let m = 0; m < groupFilters; m++) {
          const start = bias ? offsets.address + m * channels * 4 : 0;
          const addresses = [x!.block.address, weights.address + m * filterBytes, start];
          convolve(device, [...addresses, target.address + m * imageBytes], pass, 0);
        }
      });
    });
  });
};

/** Each phase of the stride is a convolution of dy by some of the taps, flipped; planes are added one by one. */
export const depthwiseConv2dInputGradientCpu: CpuLaunch<DepthwiseConv2dGradientAttributes> = (
  device,
  [dy, filter],
  [dx],
  { geometry },
) => {
  const { batch, filterHeight, filterWidth, outHeight, outWidth, channels, groupFilters } = geometry;
  const filterBytes = filterHeight * filterWidth * channels * 4;
  const imageBytes = batch * outHeight * outWidth * channels * 4;
  planes.read(device, dy!, groupFilters, (source) => {
    planes.read(device, filter!, groupFilters, (weights) => {
      for (const phase of inputGradientPhases(geometry)) {
        const [, , lastY, lastX, stepY, stepX] = phase.taps;
        const flipped = (r: number, s: number) => (lastY - r * stepY) * filterWidth + lastX - s * stepX;
        const taps = tapTable(phase.geometry, flipped);
        const pass = { geometry: phase.geometry, taps, placement: phase.placement, activation: 0 };
        for (let m = 0; m < groupFilters; m++) {
          const addresses = [source.address + m * imageBytes, weights.address + m * filterBytes, 0, dx!.block.address];
          convolve(device, addresses, pass, m === 0 ? 0 : 1);
        }
      }
    });
  });
};

/** Sums over parts of the batch's rows of outputs, then adds the parts. */
export const depthwiseConv2dFilterGradientCpu: CpuLaunch<DepthwiseConv2dGradientAttributes> = (
  device,
  [x, dy],
  [dfilter],
  { geometry },
) => {
  const { batch, filterHeight, filterWidth, outHeight, outWidth, channels, groupFilters } = geometry;
  const size = filterHeight * filterWidth * channels;
  const rows = batch * outHeight;
  const partRows = Math.max(1, Math.ceil(rows / mostParts(1, size)));
  const parts = Math.max(1, Math.ceil(rows / partRows));
  const taps = tapTable(geometry, (r, s) => r * filterWidth + s);
  planes.read(device, dy!, groupFilters, (source) => {
    planes.write(device, dfilter!, groupFilters, (target) => {
      for (let m = 0; m < groupFilters; m++) {
        addParts(device, { parts, size, gradient: target.address + m * size * 4 }, (sums) => {
          const gradient = source.address + m * rows * outWidth * channels * 4;
          const words = [geometryWords(device, geometry), device.constant(taps)];
          const addresses = [x!.block.address, gradient, sums, ...words];
          device.run("depthwiseConv2dFilterGradientParts", [...addresses, partRows, COUNTER]);
        });
      }
    });
  });
};

/** What the passes over several planes have in common. */
interface Pass {
  readonly geometry: Conv2dGeometry;
  readonly taps: Int32Array;
  readonly placement: Placement;
  readonly activation: number;
}

/** `addresses`: x, filter, bias or 0, and y, each of one plane. `add` keeps what y holds and adds to it. */
function convolve(device: CpuDevice, addresses: readonly number[], pass: Pass, add: 0 | 1): void {
  const { image, row, column, first } = pass.placement;
  device.run("depthwiseConv2d", [
    ...addresses,
    ...[geometryWords(device, pass.geometry), device.constant(pass.taps)],
    ...[device.constant(Int32Array.of(image, row, column, first)), pass.activation, add],
  ]);
}

/**
 * For each tap, row by row: bytes from a window's first pixel to the tap's, and from the filter's start to its weights.
 * A group is a channel.
 */
function tapTable(
  { filterHeight, filterWidth, width, groups: channels, dilationY, dilationX }: Conv2dGeometry,
  weightsOf: (r: number, s: number) => number,
): Int32Array {
  const table = Array.from({ length: filterHeight * filterWidth }, (_, tap) => {
    const [r, s] = [Math.floor(tap / filterWidth), tap % filterWidth];
    return [(r * dilationY * width + s * dilationX) * channels * 4, weightsOf(r, s) * channels * 4];
  });
  return Int32Array.from(table.flat());
}

/** In the order of the kernels' `Geometry`, whose channels are the groups: a phase of a gradient has several planes'. */
function geometryWords(device: CpuDevice, g: Conv2dGeometry): number {
  return device.constant(
    Int32Array.of(
      ...[g.batch, g.height, g.width, g.groups, g.filterHeight, g.filterWidth, g.strideY, g.strideX],
      ...[g.dilationY, g.dilationX, g.padTop, g.padLeft, g.outHeight, g.outWidth],
    ),
  );
}
