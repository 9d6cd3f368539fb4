/** @file Launches of max-pool on WebGPU. */
import { defineKernel, spreadStrided } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { PoolGeometry } from "../pool-geometry.ts";
import code from "./max-pool.wgsl";
import gradientCode from "./max-pool-gradient.wgsl";

const window = {
  windowHeight: "i32",
  windowWidth: "i32",
  strideY: "i32",
  strideX: "i32",
  padTop: "i32",
  padLeft: "i32",
} as const;

const forward = defineKernel({
  name: "maxPool",
  code,
  bindings: { x: "read", y: "write", positions: "write" },
  parameters: {
    ...{ size: "u32", height: "i32", width: "i32", channels: "u32", outHeight: "u32", outWidth: "u32" },
    ...window,
  } as const,
  constants: {},
});

const gradient = defineKernel({
  name: "maxPoolGradient",
  code: gradientCode,
  bindings: { dy: "read", positions: "read", dx: "write" },
  parameters: {
    ...{ size: "u32", height: "i32", width: "i32", channels: "u32", outHeight: "i32", outWidth: "i32" },
    ...window,
  } as const,
  constants: {},
});

export const maxPoolWebgpu: WebgpuLaunch<PoolGeometry> = (device, [x], [y, positions], geometry) => {
  const size = sizeOf(y!.shape);
  device.run(forward, {
    bindings: { x: x!.block, y: y!.block, positions: positions!.block },
    parameters: { size, ...geometry },
    workgroups: spreadStrided(device, size, geometry.channels),
  });
};

export const maxPoolGradientWebgpu: WebgpuLaunch<PoolGeometry> = (device, [dy, positions], [dx], geometry) => {
  const size = sizeOf(dx!.shape);
  device.run(gradient, {
    bindings: { dy: dy!.block, positions: positions!.block, dx: dx!.block },
    parameters: { size, ...geometry },
    workgroups: spreadStrided(device, size, geometry.channels),
  });
};
