/** @file Launches augmentBatch on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { AugmentBatchAttributes } from "./augment-batch.ts";
import code from "./augment-batch.wgsl";

const kernel = defineKernel({
  name: "augmentBatch",
  code,
  bindings: { images: "read", indices: "read", table: "read", stepWords: "read", y: "write" },
  parameters: {
    ...{ batch: "u32", chunks: "u32", count: "i32", height: "i32", width: "i32", channels: "u32" },
    ...{ outHeight: "i32", outWidth: "i32", padding: "i32", fill: "u32", flipBelow: "u32", cutout: "i32" },
    ...{ key0: "u32", key1: "u32", stream: "u32", fromStep: "u32", counter: "u32" },
  },
  constants: {},
});

/** Pixels that one workgroup writes. */
const pixelsOfGroup = 512;

export const augmentBatchWebgpu: WebgpuLaunch<AugmentBatchAttributes> = (device, inputs, [y], attributes) => {
  const [images, indices, table] = inputs;
  const { outHeight, outWidth, padding, fill, flipBelow, cutout, key, stream, draw } = attributes;
  const batch = indices!.shape[0]!;
  const chunks = Math.ceil((outHeight * outWidth) / pixelsOfGroup);
  device.run(kernel, {
    bindings: {
      images: images!.block,
      indices: indices!.block,
      table: table!.block,
      stepWords: device.stepWords.current(),
      y: y!.block,
    },
    parameters: {
      ...{ batch, chunks, ...attributes.images, outHeight, outWidth, padding, fill, flipBelow, cutout },
      ...{ key0: key[0], key1: key[1], stream, fromStep: draw.fromStep ? 1 : 0, counter: draw.counter },
    },
    workgroups: spread(batch * chunks, 1),
  });
};
