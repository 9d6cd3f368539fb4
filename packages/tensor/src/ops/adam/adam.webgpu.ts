/** @file Launch of Adam on WebGPU. */
import { defineKernel, spreadStrided } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { AdamAttributes } from "./adam.ts";
import code from "./adam.wgsl";

const kernel = defineKernel({
  name: "adam",
  code,
  bindings: { values: "write", firstMoment: "write", secondMoment: "write", gradients: "read", stepWords: "read" },
  parameters: {
    size: "u32",
    stepSize: "u32",
    correction: "u32",
    kept: "u32",
    beta1: "f32",
    rest1: "f32",
    beta2: "f32",
    rest2: "f32",
    epsilon: "f32",
  },
  constants: {},
});

export const adamWebgpu: WebgpuLaunch<AdamAttributes> = (device, [gradients], targets, attributes) => {
  const [values, firstMoment, secondMoment] = targets.map(({ block }) => block);
  const { beta1, beta2, epsilon, words } = attributes;
  const size = sizeOf(targets[0]!.shape);
  device.run(kernel, {
    bindings: {
      values: values!,
      firstMoment: firstMoment!,
      secondMoment: secondMoment!,
      gradients: gradients!.block,
      stepWords: device.stepWords.current(),
    },
    parameters: { size, ...words.slots, beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2, epsilon },
    workgroups: spreadStrided(device, size),
  });
};
