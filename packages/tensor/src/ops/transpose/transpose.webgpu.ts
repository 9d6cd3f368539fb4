/** @file Launches transposes on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import { transposeLayout } from "./layout.ts";
import type { TransposeAttributes } from "./transpose.ts";
import code from "./transpose.wgsl";

const kernel = defineKernel({
  name: "transpose",
  code,
  bindings: { x: "read", out: "write" },
  parameters: {
    ...{ size: "u32", d1: "u32", d2: "u32", d3: "u32", d4: "u32", d5: "u32" },
    ...{ s0: "u32", s1: "u32", s2: "u32", s3: "u32", s4: "u32", s5: "u32" },
  } as const,
  constants: {},
});

export const transposeWebgpu: WebgpuLaunch<TransposeAttributes> = (device, [x], [out], { permutation }) => {
  const { sizes, strides } = transposeLayout(x!.shape, permutation);
  const [, d1, d2, d3, d4, d5] = sizes as Six;
  const [s0, s1, s2, s3, s4, s5] = strides as Six;
  const size = sizeOf(x!.shape);
  device.run(kernel, {
    bindings: { x: x!.block, out: out!.block },
    parameters: { size, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5 },
    workgroups: spread(size, 64),
  });
};

type Six = [number, number, number, number, number, number];
