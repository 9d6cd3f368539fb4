/** @file Launches that do nothing but multiply-adds, or copies. */
import { defineKernel, spread } from "./kernel.ts";
import copyCode from "./peak-copy.wgsl";
import multiplyAddCode from "./peak-multiply-add.wgsl";
import type { WebgpuDevice } from "./webgpu-device.ts";

/** Enough to fill any GPU, few enough for one that is a processor. */
const threads = 1 << 15;

/** Chains of four lanes, links of each in a turn. */
const multiplyAddsPerTurn = 8 * 4 * 8;

const multiplyAdd = defineKernel({
  name: "peak multiply-add",
  code: multiplyAddCode,
  bindings: { values: "write" },
  parameters: { turns: "u32", threads: "u32" },
  constants: {},
});

const copy = defineKernel({
  name: "peak copy",
  code: copyCode,
  bindings: { source: "read", output: "write" },
  parameters: { quads: "u32" },
  constants: {},
});

/** Enqueues `turns` of multiply-adds in every thread; returns how many that are. */
export function webgpuMultiplyAdds(device: WebgpuDevice, turns: number): number {
  device.scratch(threads * 4, "peak", (values) => {
    device.run(multiplyAdd, { bindings: { values }, parameters: { turns, threads }, workgroups: spread(threads, 64) });
  });
  return turns * threads * multiplyAddsPerTurn;
}

/** Enqueues a copy of `byteLength` bytes, a multiple of 16. */
export function webgpuCopy(device: WebgpuDevice, byteLength: number): void {
  const quads = byteLength / 16;
  device.scratch(byteLength, "peak", (source) =>
    device.scratch(byteLength, "peak", (output) => {
      device.run(copy, { bindings: { source, output }, parameters: { quads }, workgroups: spread(quads, 64) });
    }),
  );
}
