/** @file Launches concat on WebGPU: one launch for each part. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { ConcatAttributes } from "./concat.ts";
import code from "./concat.wgsl";
import { partLayouts } from "./parts.ts";

const kernel = defineKernel({
  name: "concat",
  code,
  bindings: { x: "read", out: "write" },
  parameters: { size: "u32", run: "u32", stride: "u32", offset: "u32" },
  constants: {},
});

export const concatWebgpu: WebgpuLaunch<ConcatAttributes> = (device, parts, [out], { axis }) => {
  const shapes = parts.map(({ shape }) => shape);
  partLayouts(shapes, axis).forEach((parameters, i) => {
    if (parameters.size === 0) return;
    const bindings = { x: parts[i]!.block, out: out!.block };
    device.run(kernel, { bindings, parameters: { ...parameters }, workgroups: spread(parameters.size, 64) });
  });
};
