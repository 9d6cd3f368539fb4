/** @file Launches the losses of rows and their gradient on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import { softmaxWebgpu } from "../softmax/softmax.webgpu.ts";
import type { RowLossesAttributes } from "./row-losses.ts";
import code from "./row-losses.wgsl";
import gradientCode from "./row-losses-gradient.wgsl";

const parameters = { rows: "u32", classes: "u32", smoothing: "f32", ignoreIndex: "i32", nan: "f32" } as const;
const constants = { SOFT: 0, WEIGHTED: 0, IGNORES: 0 };

const forward = defineKernel({
  name: "crossEntropy rows",
  code,
  bindings: {
    ...{ logProbabilities: "read", labels: "read", weight: "read" },
    ...{ losses: "write", counts: "write", masses: "write" },
  } as const,
  parameters,
  constants,
});

const backward = defineKernel({
  name: "crossEntropy row gradient",
  code: gradientCode,
  bindings: {
    ...{ dlosses: "read", logProbabilities: "read", masses: "read", labels: "read", weight: "read" },
    dlogits: "write",
  } as const,
  parameters,
  constants,
});

export const rowLossesWebgpu: WebgpuLaunch<RowLossesAttributes> = (device, inputs, outputs, attributes) => {
  const [logits, labels, weight] = inputs;
  const [losses, counts, logProbabilities, masses] = outputs;
  const shape = logits!.shape;
  const around = { outer: sizeOf(shape.slice(0, -1)), length: shape.at(-1)!, inner: 1, queries: 0, log: true };
  softmaxWebgpu(device, [logits!], [logProbabilities!], around);
  device.run(forward, {
    bindings: {
      ...{ logProbabilities: logProbabilities!.block, labels: labels!.block, weight: (weight ?? logits!).block },
      ...{ losses: losses!.block, counts: counts!.block, masses: masses!.block },
    },
    ...options(shape, attributes, weight !== undefined),
    workgroups: spread(around.outer, 1),
  });
};

export const rowLossesGradientWebgpu: WebgpuLaunch<RowLossesAttributes> = (device, inputs, [dlogits], attributes) => {
  const [dlosses, logProbabilities, masses, labels, weight] = inputs;
  device.run(backward, {
    bindings: {
      ...{ dlosses: dlosses!.block, logProbabilities: logProbabilities!.block, masses: masses!.block },
      ...{ labels: labels!.block, weight: (weight ?? masses!).block, dlogits: dlogits!.block },
    },
    ...options(dlogits!.shape, attributes, weight !== undefined),
    workgroups: spread(sizeOf(dlogits!.shape), 64),
  });
};

function options(shape: readonly number[], attributes: RowLossesAttributes, weighted: boolean) {
  const { soft, smoothing, ignoreIndex } = attributes;
  const [rows, classes] = [sizeOf(shape.slice(0, -1)), shape.at(-1)!];
  return {
    parameters: { rows, classes, smoothing, ignoreIndex: ignoreIndex ?? 0, nan: Number.NaN },
    constants: { SOFT: Number(soft), WEIGHTED: Number(weighted), IGNORES: ignoreIndex === null ? 0 : 1 },
  };
}
