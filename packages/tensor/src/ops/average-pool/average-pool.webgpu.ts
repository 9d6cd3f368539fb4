/** @file Launches of average-pool on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { PoolGeometry } from "../pool-geometry.ts";
import code from "./average-pool.wgsl";
import gradientCode from "./average-pool-gradient.wgsl";

const window = {
  windowHeight: "i32",
  windowWidth: "i32",
  strideY: "i32",
  strideX: "i32",
  padTop: "i32",
  padLeft: "i32",
} as const;

const forward = defineKernel({
  name: "averagePool",
  code,
  bindings: { x: "read", y: "write" },
  parameters: {
    ...{ size: "u32", height: "i32", width: "i32", channels: "u32", outHeight: "u32", outWidth: "u32" },
    ...window,
  } as const,
  constants: {},
});

const gradient = defineKernel({
  name: "averagePoolGradient",
  code: gradientCode,
  bindings: { dy: "read", dx: "write" },
  parameters: {
    ...{ size: "u32", height: "i32", width: "i32", channels: "u32", outHeight: "i32", outWidth: "i32" },
    ...window,
  } as const,
  constants: {},
});

export const averagePoolWebgpu: WebgpuLaunch<PoolGeometry> = (device, [x], [y], geometry) => {
  const size = sizeOf(y!.shape);
  device.run(forward, {
    bindings: { x: x!.block, y: y!.block },
    parameters: { size, ...geometry },
    workgroups: spread(size, 64),
  });
};

export const averagePoolGradientWebgpu: WebgpuLaunch<PoolGeometry> = (device, [dy], [dx], geometry) => {
  const size = sizeOf(dx!.shape);
  device.run(gradient, {
    bindings: { dy: dy!.block, dx: dx!.block },
    parameters: { size, ...geometry },
    workgroups: spread(size, 64),
  });
};
