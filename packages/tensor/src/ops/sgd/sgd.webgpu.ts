/** @file Launches of stochastic gradient descent on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { SgdAttributes } from "./sgd.ts";
import code from "./sgd.wgsl";
import momentumCode from "./sgd-momentum.wgsl";

const plain = defineKernel({
  name: "sgd",
  code,
  bindings: { values: "write", gradients: "read", stepWords: "read" },
  parameters: { size: "u32", rate: "u32", decay: "u32", kept: "u32" },
  constants: {},
});

const withMomentum = defineKernel({
  name: "sgdMomentum",
  code: momentumCode,
  bindings: { values: "write", velocity: "write", gradients: "read", stepWords: "read" },
  parameters: { size: "u32", rate: "u32", decay: "u32", kept: "u32", momentum: "f32", nesterov: "u32" },
  constants: {},
});

export const sgdWebgpu: WebgpuLaunch<SgdAttributes> = (device, [gradients], [parameters, velocity], attributes) => {
  const { momentum, nesterov, words } = attributes;
  const size = sizeOf(parameters!.shape);
  const bindings = {
    values: parameters!.block,
    gradients: gradients!.block,
    stepWords: device.stepWords.current(),
  };
  const shared = { size, ...words.slots };
  const workgroups = spread(size, 64);
  if (!velocity) {
    device.run(plain, { bindings, parameters: shared, workgroups });
    return;
  }
  device.run(withMomentum, {
    bindings: { ...bindings, velocity: velocity.block },
    parameters: { ...shared, momentum, nesterov: nesterov ? 1 : 0 },
    workgroups,
  });
};
