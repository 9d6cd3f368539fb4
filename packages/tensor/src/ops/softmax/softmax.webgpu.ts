/** @file Launches softmax, its logarithm and their gradients on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { SoftmaxAttributes } from "./along-axis.ts";
import code from "./softmax.wgsl";
import gradientCode from "./softmax-gradient.wgsl";

function kernel(entryPoint: "rows" | "columns") {
  return defineKernel({
    ...{ name: `softmax ${entryPoint}`, code, entryPoint },
    bindings: { x: "read", y: "write" },
    parameters: { outer: "u32", length: "u32", inner: "u32", queries: "u32", nan: "f32" },
    constants: { LOG: 0 },
  });
}

function gradientKernel(entryPoint: "rows" | "columns") {
  return defineKernel({
    ...{ name: `softmax gradient ${entryPoint}`, code: gradientCode, entryPoint },
    bindings: { dy: "read", y: "read", dx: "write" },
    parameters: { outer: "u32", length: "u32", inner: "u32" },
    constants: { LOG: 0 },
  });
}

const kernels = { rows: kernel("rows"), columns: kernel("columns") } as const;
const gradientKernels = { rows: gradientKernel("rows"), columns: gradientKernel("columns") } as const;

/** Up to here one invocation takes a whole row: a workgroup's would mostly idle. */
const shortRow = 32;

/** A workgroup for each long row of neighbours, else an invocation for each row or column. */
function choose({ outer, length, inner }: SoftmaxAttributes) {
  if (inner === 1 && length > shortRow) return { entryPoint: "rows", workgroups: spread(outer, 1) } as const;
  return { entryPoint: "columns", workgroups: spread(outer * inner, 64) } as const;
}

export const softmaxWebgpu: WebgpuLaunch<SoftmaxAttributes> = (device, [x], [y], attributes) => {
  const { outer, length, inner, queries, log } = attributes;
  const { entryPoint, workgroups } = choose(attributes);
  device.run(kernels[entryPoint], {
    bindings: { x: x!.block, y: y!.block },
    parameters: { outer, length, inner, queries, nan: Number.NaN },
    constants: { LOG: Number(log) },
    workgroups,
  });
};

export const softmaxGradientWebgpu: WebgpuLaunch<SoftmaxAttributes> = (device, [dy, y], [dx], attributes) => {
  const { outer, length, inner, log } = attributes;
  const { entryPoint, workgroups } = choose(attributes);
  device.run(gradientKernels[entryPoint], {
    bindings: { dy: dy!.block, y: y!.block, dx: dx!.block },
    parameters: { outer, length, inner },
    constants: { LOG: Number(log) },
    workgroups,
  });
};
