/** @file Launches gather on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { GatherAttributes } from "./gather.ts";
import code from "./gather.wgsl";
import gradientCode from "./gather-gradient.wgsl";
import { withOrder } from "./gather-order.ts";

const forward = defineKernel({
  name: "gather",
  code,
  bindings: { x: "read", indices: "read", y: "write" },
  parameters: { size: "u32", length: "i32", inner: "u32", count: "u32" },
  constants: {},
});

const gradient = defineKernel({
  name: "gatherGradient",
  code: gradientCode,
  bindings: { dy: "read", keys: "read", starts: "read", dx: "write" },
  parameters: { size: "u32", length: "u32", inner: "u32", count: "u32" },
  constants: {},
});

export const gatherWebgpu: WebgpuLaunch<GatherAttributes> = (device, [x, indices], [y], { sizes }) => {
  const { length, inner, count } = sizes;
  const size = sizeOf(y!.shape);
  device.run(forward, {
    bindings: { x: x!.block, indices: indices!.block, y: y!.block },
    parameters: { size, length, inner, count },
    workgroups: spread(size, 64),
  });
};

export const gatherGradientWebgpu: WebgpuLaunch<GatherAttributes> = (device, [dy, indices], [dx], { sizes }) => {
  const { length, inner, count } = sizes;
  const size = sizeOf(dx!.shape);
  withOrder(device, indices!.block, count, length, ({ keys, starts }) => {
    device.run(gradient, {
      bindings: { dy: dy!.block, keys, starts, dx: dx!.block },
      parameters: { size, length, inner, count },
      workgroups: spread(size, 64),
    });
  });
};
