/** @file Launches argmax on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import { type ArgmaxAttributes, argmaxSizes } from "./argmax.ts";
import code from "./argmax.wgsl";

const kernel = defineKernel({
  name: "argmax",
  code,
  bindings: { x: "read", y: "write" },
  parameters: { outer: "u32", size: "u32", inner: "u32" },
  constants: {},
});

export const argmaxWebgpu: WebgpuLaunch<ArgmaxAttributes> = (device, [x], [y], { axis }) => {
  const { outer, size, inner } = argmaxSizes(x!.shape, axis);
  device.run(kernel, {
    bindings: { x: x!.block, y: y!.block },
    parameters: { outer, size, inner },
    workgroups: spread(outer * inner, 64),
  });
};
