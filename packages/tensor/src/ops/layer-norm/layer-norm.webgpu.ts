/** @file Launches of layer normalisation on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { LayerNormAttributes } from "./layer-norm.ts";
import code from "./layer-norm.wgsl";
import gradientCode from "./layer-norm-gradient.wgsl";

const forward = defineKernel({
  name: "layerNorm",
  code,
  bindings: { x: "read", scale: "read", offset: "read", y: "write", saved: "write" },
  parameters: { rows: "u32", size: "u32", epsilon: "f32" },
  constants: {},
});

const backward = defineKernel({
  name: "layerNorm gradient",
  code: gradientCode,
  bindings: { dy: "read", x: "read", scale: "read", saved: "read", dx: "write", products: "write" },
  parameters: { rows: "u32", size: "u32" },
  constants: {},
});

export const layerNormWebgpu: WebgpuLaunch<LayerNormAttributes> = (device, inputs, [y, saved], { epsilon }) => {
  const [x, scale, offset] = inputs;
  const size = sizeOf(scale!.shape);
  const rows = sizeOf(x!.shape) / size;
  device.run(forward, {
    bindings: {
      ...{ x: x!.block, scale: scale!.block, offset: offset!.block },
      ...{ y: y!.block, saved: saved!.block },
    },
    parameters: { rows, size, epsilon },
    workgroups: spread(rows, 1),
  });
};

export const layerNormGradientWebgpu: WebgpuLaunch<Record<never, never>> = (device, inputs, [dx, products]) => {
  const [dy, x, scale, saved] = inputs;
  const size = sizeOf(scale!.shape);
  const rows = sizeOf(x!.shape) / size;
  device.run(backward, {
    bindings: {
      ...{ dy: dy!.block, x: x!.block, scale: scale!.block, saved: saved!.block },
      ...{ dx: dx!.block, products: products!.block },
    },
    parameters: { rows, size },
    workgroups: spread(rows, 1),
  });
};
