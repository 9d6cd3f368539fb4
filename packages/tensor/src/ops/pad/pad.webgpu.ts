/** @file Launches pad on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import { boxLayout } from "../slice/box.ts";
import type { PadAttributes } from "./pad.ts";
import code from "./pad.wgsl";
import { valueBits } from "./value-bits.ts";

const kernel = defineKernel({
  name: "pad",
  code,
  bindings: { x: "read", out: "write" },
  parameters: {
    ...{ size: "u32", bits: "i32", d1: "u32", d2: "u32", d3: "u32", d4: "u32", d5: "u32" },
    ...{ n0: "u32", n1: "u32", n2: "u32", n3: "u32", n4: "u32", n5: "u32" },
    ...{ b0: "u32", b1: "u32", b2: "u32", b3: "u32", b4: "u32", b5: "u32" },
  } as const,
  constants: {},
});

export const padWebgpu: WebgpuLaunch<PadAttributes> = (device, [x], [out], { padding, value }) => {
  const before = padding.map(([amount]) => amount);
  const { wholeSizes, sizes, begin } = boxLayout(out!.shape, x!.shape, before);
  const [, d1, d2, d3, d4, d5] = wholeSizes;
  const [n0, n1, n2, n3, n4, n5] = sizes;
  const [b0, b1, b2, b3, b4, b5] = begin;
  const size = sizeOf(out!.shape);
  const axes = { ...{ d1, d2, d3, d4, d5 }, ...{ n0, n1, n2, n3, n4, n5 }, ...{ b0, b1, b2, b3, b4, b5 } };
  device.run(kernel, {
    bindings: { x: x!.block, out: out!.block },
    parameters: { size, bits: valueBits(value, out!.dtype), ...axes },
    workgroups: spread(size, 64),
  });
};
