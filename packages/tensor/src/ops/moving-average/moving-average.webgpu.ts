/** @file Launch of the moving average on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { MovingAverageAttributes } from "./moving-average.ts";
import code from "./moving-average.wgsl";

const kernel = defineKernel({
  name: "movingAverage",
  code,
  bindings: { averages: "write", values: "read", stepWords: "read" },
  parameters: { size: "u32", rest: "f32", fromStep: "u32", slot: "u32" },
  constants: {},
});

export const movingAverageWebgpu: WebgpuLaunch<MovingAverageAttributes> = (device, [value], [target], attributes) => {
  const { fromStep, rest } = attributes;
  const size = sizeOf(target!.shape);
  device.run(kernel, {
    bindings: { averages: target!.block, values: value!.block, stepWords: device.stepWords.current() },
    parameters: { size, rest: fromStep ? 0 : rest, fromStep: fromStep ? 1 : 0, slot: fromStep ? rest : 0 },
    workgroups: spread(size, 64),
  });
};
