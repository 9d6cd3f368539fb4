/** @file Launches cropAndResize on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { CropAndResizeAttributes } from "./crop-and-resize.ts";
import code from "./crop-and-resize.wgsl";

const kernel = defineKernel({
  name: "cropAndResize",
  code,
  bindings: { x: "read", boxes: "read", fill: "read", y: "write" },
  parameters: {
    ...{ pixels: "u32", height: "i32", width: "i32", channels: "u32" },
    ...{ outHeight: "i32", outWidth: "i32" },
  },
  constants: {},
});

export const cropAndResizeWebgpu: WebgpuLaunch<CropAndResizeAttributes> = (device, inputs, [y], attributes) => {
  const [x, boxes, fill] = inputs;
  const [batch, height, width, channels] = x!.shape as [number, number, number, number];
  const pixels = batch * attributes.outHeight * attributes.outWidth;
  device.run(kernel, {
    bindings: { x: x!.block, boxes: boxes!.block, fill: fill!.block, y: y!.block },
    parameters: { pixels, height, width, channels, ...attributes },
    workgroups: spread(pixels, 64),
  });
};
