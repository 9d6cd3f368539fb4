/** @file Launches slices on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import { boxLayout } from "./box.ts";
import type { SliceAttributes } from "./slice.ts";
import code from "./slice.wgsl";

const kernel = defineKernel({
  name: "slice",
  code,
  bindings: { x: "read", out: "write" },
  parameters: {
    ...{ size: "u32", start: "u32", d1: "u32", d2: "u32", d3: "u32", d4: "u32", d5: "u32" },
    ...{ s0: "u32", s1: "u32", s2: "u32", s3: "u32", s4: "u32", s5: "u32" },
  } as const,
  constants: {},
});

export const sliceWebgpu: WebgpuLaunch<SliceAttributes> = (device, [x], [out], attributes) => {
  const { sizes, begin, wholeStrides } = boxLayout(x!.shape, attributes.size, attributes.begin);
  const [, d1, d2, d3, d4, d5] = sizes;
  const [s0, s1, s2, s3, s4, s5] = wholeStrides;
  const start = begin.reduce((sum, coordinate, axis) => sum + coordinate * wholeStrides[axis]!, 0);
  const size = sizeOf(attributes.size);
  device.run(kernel, {
    bindings: { x: x!.block, out: out!.block },
    parameters: { size, start, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5 },
    workgroups: spread(size, 64),
  });
};
