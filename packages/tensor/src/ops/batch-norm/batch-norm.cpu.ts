/** @file Launches of batch normalisation on the cpu. */
import { sizeOf, type TensorSpec } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { BatchNormAttributes, BatchNormGradientAttributes } from "./batch-norm.ts";
import type { InputGradientAttributes } from "./synchronised-batch-norm.ts";

/** The kernels' `chunkRows`: the scratch memory must hold two sums a chunk. */
const chunkRows = 128;

export const batchNormCpu: CpuLaunch<BatchNormAttributes> = (device, inputs, outputs, { epsilon }) => {
  const [x, scale, offset] = inputs.map(({ block }) => block.address) as [number, number, number];
  const [y, mean, variance, saved] = outputs.map(({ block }) => block.address) as [number, number, number, number];
  const { rows, channels, wide, partials } = sizesOf(inputs[0]!);
  device.scratch((3 * wide + partials) * 4, (table) => {
    const sums = table + 3 * wide * 4;
    device.run("batchNormStatistics", [x, sums, rows, channels]);
    const tensors = [x, sums, scale, offset, mean, variance, saved, table];
    device.run("batchNormMerge", [...tensors, rows, channels, epsilon]);
    device.run("batchNormNormalize", [x, table, y, rows, channels]);
  });
};

export const batchNormInferenceCpu: CpuLaunch<BatchNormAttributes> = (device, inputs, outputs, { epsilon }) => {
  const [x, ...constants] = inputs.map(({ block }) => block.address) as [number, ...number[]];
  const [y, saved] = outputs.map(({ block }) => block.address) as [number, number];
  const { rows, channels, wide } = sizesOf(inputs[0]!);
  device.scratch(3 * wide * 4, (table) => {
    device.run("batchNormPrepare", [...constants, saved, table, channels, epsilon]);
    device.run("batchNormNormalize", [x, table, y, rows, channels]);
  });
};

export const batchNormGradientCpu: CpuLaunch<BatchNormGradientAttributes> = (device, inputs, outputs, attributes) => {
  const [dy, x, scale, saved] = inputs.map(({ block }) => block.address) as [number, number, number, number];
  const [dx, dscale, doffset] = outputs.map(({ block }) => block.address) as [number, number, number];
  const { rows, channels, wide, partials } = sizesOf(inputs[0]!);
  device.scratch((4 * wide + partials) * 4, (table) => {
    const sums = table + 4 * wide * 4;
    device.run("batchNormGradientPrepare", [saved, table, channels]);
    device.run("batchNormGradientSums", [dy, x, table, sums, rows, channels]);
    const tensors = [dy, x, scale, saved, sums, dscale, doffset, table];
    device.run("batchNormGradientMerge", [...tensors, rows, channels, attributes.training ? 1 : 0]);
    device.run("batchNormInputGradient", [dy, x, table, dx, rows, channels]);
  });
};

export const batchNormStatisticsCpu: CpuLaunch<object> = (device, inputs, outputs) => {
  const [x, scale, offset] = inputs.map(({ block }) => block.address) as [number, number, number];
  const [mean, variance] = outputs.map(({ block }) => block.address) as [number, number];
  const { rows, channels, wide, partials } = sizesOf(inputs[0]!);
  // What the merge prepares besides goes with the scratch memory: the statistics are not final.
  device.scratch((2 * channels + 3 * wide + partials) * 4, (saved) => {
    const table = saved + 2 * channels * 4;
    const sums = table + 3 * wide * 4;
    device.run("batchNormStatistics", [x, sums, rows, channels]);
    device.run("batchNormMerge", [x, sums, scale, offset, mean, variance, saved, table, rows, channels, 1]);
  });
};

export const batchNormGradientSumsCpu: CpuLaunch<object> = (device, inputs, outputs) => {
  const [dy, x, scale, saved] = inputs.map(({ block }) => block.address) as [number, number, number, number];
  const [dscale, doffset] = outputs.map(({ block }) => block.address) as [number, number];
  const { rows, channels, wide, partials } = sizesOf(inputs[0]!);
  device.scratch((4 * wide + partials) * 4, (table) => {
    const sums = table + 4 * wide * 4;
    device.run("batchNormGradientPrepare", [saved, table, channels]);
    device.run("batchNormGradientSums", [dy, x, table, sums, rows, channels]);
    device.run("batchNormGradientMerge", [dy, x, scale, saved, sums, dscale, doffset, table, rows, channels, 0]);
  });
};

export const batchNormInputGradientCpu: CpuLaunch<InputGradientAttributes> = (device, inputs, outputs, attributes) => {
  const [dy, x, scale, saved, ...sums] = inputs.map(({ block }) => block.address) as [number, number, number, number];
  const { rows, channels, wide } = sizesOf(inputs[0]!);
  device.scratch(4 * wide * 4, (table) => {
    device.run("batchNormGradientTable", [scale, saved, ...sums, table, attributes.rows, channels]);
    device.run("batchNormInputGradient", [dy, x, table, outputs[0]!.block.address, rows, channels]);
  });
};

/** Sizes as the kernels see them; `partials` in values. */
function sizesOf({ shape }: TensorSpec): { rows: number; channels: number; wide: number; partials: number } {
  const channels = shape.at(-1)!;
  const rows = sizeOf(shape.slice(0, -1));
  const fold = channels % 4 === 0 ? 1 : channels % 2 === 0 ? 2 : 4;
  const wide = channels * fold;
  return { rows, channels, wide, partials: 2 * wide * Math.ceil(Math.floor(rows / fold) / chunkRows) };
}
