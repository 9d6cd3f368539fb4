/** @file Launches of batch normalisation on WebGPU. */
import { defineKernel, spread, spreadStrided } from "../../devices/webgpu/kernel.ts";
import type { WebgpuBlock, WebgpuDevice } from "../../devices/webgpu/webgpu-device.ts";
import { sizeOf, type TensorSpec } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { BatchNormAttributes, BatchNormGradientAttributes } from "./batch-norm.ts";
import gradientSumsCode from "./gradient-sums.wgsl";
import inputGradientCode from "./input-gradient.wgsl";
import mergeGradientCode from "./merge-gradient.wgsl";
import mergeStatisticsCode from "./merge-statistics.wgsl";
import normalizeCode from "./normalize.wgsl";
import prepareCode from "./prepare.wgsl";
import statisticsCode from "./statistics.wgsl";
import type { InputGradientAttributes } from "./synchronised-batch-norm.ts";

/** Rows that one invocation sums: few enough to keep a GPU busy, and far fewer partial sums than values. */
const chunkRows = 64;

const statistics = defineKernel({
  name: "batchNorm statistics",
  code: statisticsCode,
  bindings: { x: "read", partials: "write" },
  parameters: { rows: "u32", channels: "u32", chunks: "u32", chunkRows: "u32" },
  constants: {},
});

const mergeStatistics = defineKernel({
  name: "batchNorm merge statistics",
  code: mergeStatisticsCode,
  bindings: { partials: "read", mean: "write", variance: "write", saved: "write" },
  parameters: { rows: "u32", channels: "u32", chunks: "u32", chunkRows: "u32", epsilon: "f32" },
  constants: {},
});

const prepare = defineKernel({
  name: "batchNorm prepare",
  code: prepareCode,
  bindings: { mean: "read", variance: "read", saved: "write" },
  parameters: { channels: "u32", epsilon: "f32" },
  constants: {},
});

const normalize = defineKernel({
  name: "batchNorm normalize",
  code: normalizeCode,
  bindings: { x: "read", saved: "read", scale: "read", offset: "read", y: "write" },
  parameters: { size: "u32", channels: "u32" },
  constants: {},
});

const gradientSums = defineKernel({
  name: "batchNorm gradient sums",
  code: gradientSumsCode,
  bindings: { dy: "read", x: "read", saved: "read", partials: "write" },
  parameters: { rows: "u32", channels: "u32", chunks: "u32", chunkRows: "u32" },
  constants: {},
});

const mergeGradient = defineKernel({
  name: "batchNorm merge gradient",
  code: mergeGradientCode,
  bindings: { partials: "read", saved: "read", dscale: "write", doffset: "write" },
  parameters: { channels: "u32", chunks: "u32" },
  constants: {},
});

const inputGradient = defineKernel({
  name: "batchNorm input gradient",
  code: inputGradientCode,
  bindings: {
    dy: "read",
    x: "read",
    saved: "read",
    scale: "read",
    dscale: "read",
    doffset: "read",
    dx: "write",
  },
  parameters: { size: "u32", channels: "u32", share: "f32" },
  constants: {},
});

export const batchNormWebgpu: WebgpuLaunch<BatchNormAttributes> = (device, inputs, outputs, { epsilon }) => {
  const [x, scale, offset] = inputs.map(({ block }) => block);
  const [y, mean, variance, saved] = outputs.map(({ block }) => block);
  const sizes = sizesOf(inputs[0]!);
  const { size, channels } = sizes;
  takeStatistics(device, sizes, { x: x!, mean: mean!, variance: variance!, saved: saved! }, epsilon);
  device.run(normalize, {
    bindings: { x: x!, saved: saved!, scale: scale!, offset: offset!, y: y! },
    parameters: { size, channels },
    workgroups: spreadStrided(device, size, channels),
  });
};

export const batchNormInferenceWebgpu: WebgpuLaunch<BatchNormAttributes> = (device, inputs, outputs, { epsilon }) => {
  const [x, scale, offset, mean, variance] = inputs.map(({ block }) => block);
  const [y, saved] = outputs.map(({ block }) => block);
  const { size, channels } = sizesOf(inputs[0]!);
  device.run(prepare, {
    bindings: { mean: mean!, variance: variance!, saved: saved! },
    parameters: { channels, epsilon },
    workgroups: spread(channels, 64),
  });
  device.run(normalize, {
    bindings: { x: x!, saved: saved!, scale: scale!, offset: offset!, y: y! },
    parameters: { size, channels },
    workgroups: spreadStrided(device, size, channels),
  });
};

export const batchNormGradientWebgpu: WebgpuLaunch<BatchNormGradientAttributes> = (
  device,
  inputs,
  outputs,
  { training },
) => {
  const [dy, x, scale, saved] = inputs.map(({ block }) => block);
  const [dx, dscale, doffset] = outputs.map(({ block }) => block);
  const sizes = sizesOf(inputs[0]!);
  const { size, rows, channels } = sizes;
  takeGradientSums(device, sizes, { dy: dy!, x: x!, saved: saved!, dscale: dscale!, doffset: doffset! });
  device.run(inputGradient, {
    bindings: { dy: dy!, x: x!, saved: saved!, scale: scale!, dscale: dscale!, doffset: doffset!, dx: dx! },
    parameters: { size, channels, share: training ? 1 / rows : 0 },
    workgroups: spreadStrided(device, size, channels),
  });
};

export const batchNormStatisticsWebgpu: WebgpuLaunch<object> = (device, inputs, outputs) => {
  const [mean, variance] = outputs.map(({ block }) => block);
  const sizes = sizesOf(inputs[0]!);
  // What the merge prepares besides goes with the scratch memory: the statistics are not final.
  device.scratch(2 * sizes.channels * 4, "batchNorm", (saved) => {
    takeStatistics(device, sizes, { x: inputs[0]!.block, mean: mean!, variance: variance!, saved }, 1);
  });
};

export const batchNormGradientSumsWebgpu: WebgpuLaunch<object> = (device, inputs, outputs) => {
  const [dy, x, , saved] = inputs.map(({ block }) => block);
  const [dscale, doffset] = outputs.map(({ block }) => block);
  const blocks = { dy: dy!, x: x!, saved: saved!, dscale: dscale!, doffset: doffset! };
  takeGradientSums(device, sizesOf(inputs[0]!), blocks);
};

export const batchNormInputGradientWebgpu: WebgpuLaunch<InputGradientAttributes> = (
  device,
  inputs,
  [dx],
  attributes,
) => {
  const [dy, x, scale, saved, dscale, doffset] = inputs.map(({ block }) => block);
  const { size, channels } = sizesOf(inputs[0]!);
  device.run(inputGradient, {
    bindings: { dy: dy!, x: x!, saved: saved!, scale: scale!, dscale: dscale!, doffset: doffset!, dx: dx!.block },
    parameters: { size, channels, share: 1 / attributes.rows },
    workgroups: spread(size, 64),
  });
};

type Blocks<Name extends string> = Readonly<Record<Name, WebgpuBlock>>;

/** Mean and variance of x, and what follows from them. */
function takeStatistics(
  device: WebgpuDevice,
  sizes: Sizes,
  { x, ...statisticBlocks }: Blocks<"x" | "mean" | "variance" | "saved">,
  epsilon: number,
): void {
  const { rows, channels, chunks } = sizes;
  withPartials(device, sizes, (partials) => {
    device.run(statistics, {
      bindings: { x, partials },
      parameters: { rows, channels, chunks, chunkRows },
      workgroups: spread(chunks * channels, 64),
    });
    device.run(mergeStatistics, {
      bindings: { partials, ...statisticBlocks },
      parameters: { rows, channels, chunks, chunkRows, epsilon },
      workgroups: spread(channels, 1),
    });
  });
}

/** dscale and doffset. */
function takeGradientSums(
  device: WebgpuDevice,
  sizes: Sizes,
  { dy, x, saved, dscale, doffset }: Blocks<"dy" | "x" | "saved" | "dscale" | "doffset">,
): void {
  const { rows, channels, chunks } = sizes;
  withPartials(device, sizes, (partials) => {
    device.run(gradientSums, {
      bindings: { dy, x, saved, partials },
      parameters: { rows, channels, chunks, chunkRows },
      workgroups: spread(chunks * channels, 64),
    });
    device.run(mergeGradient, {
      bindings: { partials, saved, dscale, doffset },
      parameters: { channels, chunks },
      workgroups: spread(channels, 1),
    });
  });
}

interface Sizes {
  readonly size: number;
  readonly rows: number;
  readonly channels: number;
  readonly chunks: number;
}

function sizesOf({ shape }: TensorSpec): Sizes {
  const rows = sizeOf(shape.slice(0, -1));
  return { size: sizeOf(shape), rows, channels: shape.at(-1)!, chunks: Math.ceil(rows / chunkRows) };
}

/** Lends memory for two sums per chunk and channel to the launches that `body` queues. */
function withPartials(device: WebgpuDevice, { chunks, channels }: Sizes, body: (partials: WebgpuBlock) => void): void {
  device.scratch(2 * chunks * channels * 4, "batchNorm", body);
}
