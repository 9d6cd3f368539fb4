/** @file Launches of resampling on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { UpsampleGeometry } from "./geometry.ts";
import code from "./upsample2d.wgsl";
import gradientCode from "./upsample2d-gradient.wgsl";

const steps = { stepY: "i32", stepX: "i32", offsetY: "i32", offsetX: "i32" } as const;

const forward = defineKernel({
  name: "upsample2d",
  code,
  bindings: { x: "read", y: "write" },
  parameters: {
    ...({ batch: "u32", channels: "u32", height: "u32", width: "u32", outHeight: "u32", outWidth: "u32" } as const),
    ...({ ...steps, divisorY: "u32", divisorX: "u32" } as const),
  },
  constants: { workgroupSize: 64, channelVectors: 0, bilinear: 0 },
});

const gradient = defineKernel({
  name: "upsample2dGradient",
  code: gradientCode,
  bindings: { dy: "read", dx: "write" },
  parameters: {
    ...({ batch: "u32", channels: "u32", height: "i32", width: "i32", outHeight: "i32", outWidth: "i32" } as const),
    ...({ ...steps, divisorY: "i32", divisorX: "i32" } as const),
  },
  constants: { workgroupSize: 64, channelVectors: 0, bilinear: 0 },
});

export const upsample2dWebgpu: WebgpuLaunch<UpsampleGeometry> = (device, [x], [y], geometry) => {
  const { batch, outHeight, outWidth } = geometry;
  device.run(forward, {
    bindings: { x: x!.block, y: y!.block },
    ...launch(geometry, batch * outHeight * outWidth),
  });
};

export const upsample2dGradientWebgpu: WebgpuLaunch<UpsampleGeometry> = (device, [dy], [dx], geometry) => {
  const { batch, height, width } = geometry;
  device.run(gradient, {
    bindings: { dy: dy!.block, dx: dx!.block },
    ...launch(geometry, batch * height * width),
  });
};

/** What both launches say, with tiles of four channels of `pixels` pixels. */
function launch({ down, across, interpolation, ...sizes }: UpsampleGeometry, pixels: number) {
  const { channels } = sizes;
  return {
    parameters: {
      ...{ ...sizes, stepY: down.step, stepX: across.step, offsetY: down.offset, offsetX: across.offset },
      ...{ divisorY: down.divisor, divisorX: across.divisor },
    },
    constants: { channelVectors: channels % 4 === 0 ? 1 : 0, bilinear: interpolation === "bilinear" ? 1 : 0 },
    workgroups: spread(pixels * Math.ceil(channels / 4), forward.constants.workgroupSize),
  };
}
