/** @file Launches sumOfSquares on WebGPU: partial sums of each tensor, then the sum of those. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import { reduceWebgpu } from "../reduce/reduce.webgpu.ts";
import { chunkLength, cutIntoChunks } from "./chunks.ts";
import type { SumOfSquaresAttributes } from "./sum-of-squares.ts";
import code from "./sum-of-squares.wgsl";

const kernel = defineKernel({
  name: "sumOfSquares",
  code,
  bindings: { x: "read", partials: "write" },
  parameters: { size: "u32", chunkLength: "u32", chunks: "u32", firstPartial: "u32" },
  constants: {},
});

export const sumOfSquaresWebgpu: WebgpuLaunch<SumOfSquaresAttributes> = (device, inputs, [y]) => {
  const { parts, chunks } = cutIntoChunks(inputs);
  device.scratch(Math.max(1, chunks) * 4, "partial sums of squares", (partials) => {
    inputs.forEach(({ block }, i) => {
      const part = parts[i]!;
      if (part.chunks === 0) return;
      device.run(kernel, {
        bindings: { x: block, partials },
        parameters: { size: part.size, chunkLength, chunks: part.chunks, firstPartial: part.first },
        workgroups: spread(part.chunks, 1),
      });
    });
    reduceWebgpu(device, "sum", { shape: [chunks], dtype: "float32", block: partials }, y!.block, [0]);
  });
};
