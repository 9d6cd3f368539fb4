/** @file Launches oneHot on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { OneHotAttributes } from "./one-hot.ts";
import code from "./one-hot.wgsl";

const kernel = defineKernel({
  name: "oneHot",
  code,
  bindings: { labels: "read", y: "write" },
  parameters: { size: "u32", depth: "u32" },
  constants: {},
});

export const oneHotWebgpu: WebgpuLaunch<OneHotAttributes> = (device, [labels], [y], { depth }) => {
  const size = sizeOf(y!.shape);
  device.run(kernel, {
    bindings: { labels: labels!.block, y: y!.block },
    parameters: { size, depth },
    workgroups: spread(size, 64),
  });
};
