/** @file Launches crossEntropy and its gradient on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import { reduceWebgpu } from "../reduce/reduce.webgpu.ts";
import type { CrossEntropyAttributes } from "./cross-entropy.ts";
import code from "./cross-entropy.wgsl";
import gradientCode from "./cross-entropy-gradient.wgsl";

const rowsKernel = defineKernel({
  name: "crossEntropy",
  code,
  bindings: { logits: "read", labels: "read", probabilities: "write", losses: "write" },
  parameters: { rows: "u32", classes: "u32", nan: "f32" },
  constants: {},
});

const gradientKernel = defineKernel({
  name: "crossEntropy gradient",
  code: gradientCode,
  bindings: { dloss: "read", probabilities: "read", labels: "read", dlogits: "write" },
  parameters: { rows: "u32", classes: "u32", nan: "f32" },
  constants: {},
});

export const crossEntropyWebgpu: WebgpuLaunch<CrossEntropyAttributes> = (device, [logits, labels], outputs) => {
  const [loss, probabilities, losses] = outputs;
  const rows = sizeOf(labels!.shape);
  const classes = logits!.shape.at(-1)!;
  if (rows > 0) {
    device.run(rowsKernel, {
      bindings: {
        ...{ logits: logits!.block, labels: labels!.block },
        ...{ probabilities: probabilities!.block, losses: losses!.block },
      },
      parameters: { rows, classes, nan: Number.NaN },
      workgroups: spread(rows, 1),
    });
  }
  reduceWebgpu(device, "mean", { ...losses!, shape: [rows] }, loss!.block, [0]);
};

export const crossEntropyGradientWebgpu: WebgpuLaunch<CrossEntropyAttributes> = (device, inputs, [dlogits]) => {
  const [dloss, probabilities, labels] = inputs;
  const rows = sizeOf(labels!.shape);
  const classes = probabilities!.shape.at(-1)!;
  device.run(gradientKernel, {
    bindings: {
      ...{ dloss: dloss!.block, probabilities: probabilities!.block },
      ...{ labels: labels!.block, dlogits: dlogits!.block },
    },
    parameters: { rows, classes, nan: Number.NaN },
    workgroups: spread(rows * classes, 64),
  });
};
