/** @file Launches topKHits on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { TopKHitsAttributes } from "./top-k-hits.ts";
import code from "./top-k-hits.wgsl";

const kernel = defineKernel({
  name: "topKHits",
  code,
  bindings: { logits: "read", labels: "read", y: "write" },
  parameters: { rows: "u32", classes: "u32", k: "u32" },
  constants: {},
});

export const topKHitsWebgpu: WebgpuLaunch<TopKHitsAttributes> = (device, [logits, labels], [y], { k }) => {
  const [rows, classes] = logits!.shape as [number, number];
  device.run(kernel, {
    bindings: { logits: logits!.block, labels: labels!.block, y: y!.block },
    parameters: { rows, classes, k: Math.min(k, classes) },
    workgroups: spread(rows, 64),
  });
};
