/** @file Launches lookupTable on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { LookupTableAttributes } from "./lookup-table.ts";
import code from "./lookup-table.wgsl";

const kernel = defineKernel({
  name: "lookupTable",
  code,
  bindings: { images: "read", table: "read", y: "write" },
  parameters: { size: "u32", channels: "u32" },
  constants: {},
});

export const lookupTableWebgpu: WebgpuLaunch<LookupTableAttributes> = (device, [images, table], [y]) => {
  const size = sizeOf(images!.shape);
  device.run(kernel, {
    bindings: { images: images!.block, table: table!.block, y: y!.block },
    parameters: { size, channels: table!.shape[1]! },
    workgroups: spread(Math.ceil(size / 4), 64),
  });
};
