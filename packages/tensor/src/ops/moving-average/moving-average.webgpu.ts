/** @file Launch of the moving average on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { MovingAverageAttributes } from "./moving-average.ts";
import code from "./moving-average.wgsl";

const kernel = defineKernel({
  name: "movingAverage",
  code,
  bindings: { averages: "write", values: "read" },
  parameters: { size: "u32", rest: "f32" },
  constants: {},
});

export const movingAverageWebgpu: WebgpuLaunch<MovingAverageAttributes> = (device, [value], [target], { momentum }) => {
  const size = sizeOf(target!.shape);
  device.run(kernel, {
    bindings: { averages: target!.block, values: value!.block },
    parameters: { size, rest: 1 - momentum },
    workgroups: spread(size, 64),
  });
};
