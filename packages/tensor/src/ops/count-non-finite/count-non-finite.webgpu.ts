/** @file Launches countNonFinite on WebGPU: partial counts of each tensor, then their sum. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import { reduceWebgpu } from "../reduce/reduce.webgpu.ts";
import { chunkLength, cutIntoChunks } from "../sum-of-squares/chunks.ts";
import type { CountNonFiniteAttributes } from "./count-non-finite.ts";
import code from "./count-non-finite.wgsl";

const kernel = defineKernel({
  name: "countNonFinite",
  code,
  bindings: { x: "read", partials: "write" },
  parameters: { size: "u32", chunkLength: "u32", chunks: "u32", firstPartial: "u32" },
  constants: {},
});

export const countNonFiniteWebgpu: WebgpuLaunch<CountNonFiniteAttributes> = (device, inputs, [y]) => {
  const { parts, chunks } = cutIntoChunks(inputs);
  device.scratch(Math.max(1, chunks) * 4, "partial counts", (partials) => {
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
