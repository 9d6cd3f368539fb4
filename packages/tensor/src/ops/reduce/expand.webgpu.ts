/** @file Launches the way back from a reduction on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { ExpandAttributes, ExpandKind } from "./expand.ts";
import code from "./expand.wgsl";
import { expandLayout } from "./layout.ts";

const kernel = defineKernel({
  name: "expand",
  code,
  bindings: { p: "read", x: "read", q: "read", out: "write" },
  parameters: {
    ...{ mode: "u32", size: "u32", d1: "u32", d2: "u32", d3: "u32", d4: "u32", d5: "u32" },
    ...{ s0: "u32", s1: "u32", s2: "u32", s3: "u32", s4: "u32", s5: "u32" },
    divisor: "f32",
  } as const,
  constants: {},
});

const modes = { divide: 0, ties: 1, share: 2 } as const satisfies Record<ExpandKind, number>;

export function expandWebgpu(name: string, kind: ExpandKind): WebgpuLaunch<ExpandAttributes> {
  return (device, [p, x = p, q = p], [out], { shape, axes, divisor }) => {
    const { sizes, strides } = expandLayout(name, shape, axes);
    const [, d1, d2, d3, d4, d5] = sizes as Six;
    const [s0, s1, s2, s3, s4, s5] = strides as Six;
    const size = sizeOf(shape);
    device.run(kernel, {
      bindings: { p: p!.block, x: x!.block, q: q!.block, out: out!.block },
      parameters: { mode: modes[kind], size, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, divisor },
      workgroups: spread(size, 64),
    });
  };
}

type Six = [number, number, number, number, number, number];
