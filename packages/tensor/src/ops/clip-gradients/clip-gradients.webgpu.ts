/** @file Launches the clipping of gradients on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { ClipAttributes } from "./clip-gradients.ts";
import normCode from "./clip-norm.wgsl";
import valueCode from "./clip-value.wgsl";

const normKernel = defineKernel({
  name: "clipGradientNorm",
  code: normCode,
  bindings: { gradients: "write", norm: "read" },
  parameters: { size: "u32", limit: "f32", nan: "f32" },
  constants: {},
});

const valueKernel = defineKernel({
  name: "clipGradientValue",
  code: valueCode,
  bindings: { gradients: "write" },
  parameters: { size: "u32", limit: "f32" },
  constants: {},
});

export const clipNormWebgpu: WebgpuLaunch<ClipAttributes> = (device, [norm], [gradients], { limit }) => {
  const size = sizeOf(gradients!.shape);
  device.run(normKernel, {
    bindings: { gradients: gradients!.block, norm: norm!.block },
    parameters: { size, limit, nan: Number.NaN },
    workgroups: spread(size, 64),
  });
};

export const clipValueWebgpu: WebgpuLaunch<ClipAttributes> = (device, _, [gradients], { limit }) => {
  const size = sizeOf(gradients!.shape);
  device.run(valueKernel, {
    bindings: { gradients: gradients!.block },
    parameters: { size, limit },
    workgroups: spread(size, 64),
  });
};
