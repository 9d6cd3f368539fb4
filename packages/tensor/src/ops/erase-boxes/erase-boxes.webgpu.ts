/** @file Launches eraseBoxes on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { EraseBoxesAttributes } from "./erase-boxes.ts";
import code from "./erase-boxes.wgsl";

const kernel = defineKernel({
  name: "eraseBoxes",
  code,
  bindings: { x: "read", boxes: "read", colors: "read", y: "write" },
  parameters: { pixels: "u32", height: "i32", width: "i32", channels: "u32", count: "u32", ownColors: "u32" },
  constants: {},
});

export const eraseBoxesWebgpu: WebgpuLaunch<EraseBoxesAttributes> = (device, inputs, [y], { ownColors }) => {
  const [x, boxes, colors] = inputs;
  const [batch, height, width, channels] = x!.shape as [number, number, number, number];
  const pixels = batch * height * width;
  device.run(kernel, {
    bindings: { x: x!.block, boxes: boxes!.block, colors: colors!.block, y: y!.block },
    parameters: { pixels, height, width, channels, count: boxes!.shape[1]!, ownColors: ownColors ? 1 : 0 },
    workgroups: spread(pixels, 64),
  });
};
