/** @file Launches DropBlock on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { DropBlockAttributes } from "./drop-block.ts";
import applyCode from "./drop-block-apply.wgsl";
import maskCode from "./drop-block-mask.wgsl";
import scaleCode from "./drop-block-scale.wgsl";
import seedsCode from "./drop-block-seeds.wgsl";

const images = { size: "u32", height: "u32", width: "u32", channels: "u32", blockSize: "u32" } as const;

const seedsKernel = defineKernel({
  name: "dropBlock seeds",
  code: seedsCode,
  bindings: { stepWords: "read", seeds: "write" },
  parameters: {
    ...images,
    ...{ key0: "u32", key1: "u32", stream: "u32", fromStep: "u32", counter: "u32", threshold: "u32" },
  },
  constants: {},
});

const maskKernel = defineKernel({
  name: "dropBlock mask",
  code: maskCode,
  bindings: { seeds: "read", mask: "write", counts: "write" },
  parameters: images,
  constants: {},
});

const scaleKernel = defineKernel({
  name: "dropBlock scale",
  code: scaleCode,
  bindings: { counts: "read", scale: "write" },
  parameters: { size: "u32", counts: "u32" },
  constants: {},
});

const applyKernel = defineKernel({
  name: "dropBlock",
  code: applyCode,
  bindings: { x: "read", mask: "read", scale: "read", y: "write" },
  parameters: { size: "u32" },
  constants: {},
});

export const dropBlockMaskWebgpu: WebgpuLaunch<DropBlockAttributes> = (device, [x], [mask, scale], attributes) => {
  const { blockSize, key, stream, draw } = attributes;
  const size = sizeOf(x!.shape);
  const [, height, width, channels] = x!.shape as [number, number, number, number];
  const parameters = { size, height, width, channels, blockSize };
  const workgroups = spread(Math.ceil(size / 4), 64);
  const groups = workgroups[0] * workgroups[1];
  device.scratch(size, "dropBlock seeds", (seeds) => {
    device.scratch(groups * 4, "dropBlock counts", (counts) => {
      device.run(seedsKernel, {
        bindings: { stepWords: device.stepWords.current(), seeds },
        parameters: {
          ...{ ...parameters, key0: key[0], key1: key[1], stream, fromStep: draw.fromStep ? 1 : 0 },
          ...{ counter: draw.counter, threshold: draw.threshold },
        },
        workgroups,
      });
      device.run(maskKernel, { bindings: { seeds, mask: mask!.block, counts }, parameters, workgroups });
      device.run(scaleKernel, {
        bindings: { counts, scale: scale!.block },
        parameters: { size, counts: groups },
        workgroups: [1, 1, 1],
      });
    });
  });
};

export const dropBlockApplyWebgpu: WebgpuLaunch<Record<never, never>> = (device, [x, mask, scale], [y]) => {
  const size = sizeOf(y!.shape);
  device.run(applyKernel, {
    bindings: { x: x!.block, mask: mask!.block, scale: scale!.block, y: y!.block },
    parameters: { size },
    workgroups: spread(Math.ceil(size / 4), 64),
  });
};
