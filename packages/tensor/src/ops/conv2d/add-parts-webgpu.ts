/** @file Sums that are taken in several parts on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuBlock, WebgpuDevice } from "../../devices/webgpu/webgpu-device.ts";
import sumPartsCode from "./conv2d-sum-parts.wgsl";

const sumParts = defineKernel({
  name: "conv2dSumParts",
  code: sumPartsCode,
  bindings: { parts: "read", sums: "write" },
  parameters: { quads: "u32", splits: "u32", partStride: "u32" },
  constants: { workgroupSize: 64 },
});

/** A sum of `size` elements that is taken in several parts. */
interface SplitSum {
  readonly target: WebgpuBlock;
  readonly size: number;
  readonly splits: number;
}

/** Has `body` enqueue what fills the parts, `partStride` elements apart, and then adds them: one part is the sum itself. */
export function addParts(
  device: WebgpuDevice,
  { target, size, splits }: SplitSum,
  body: (parts: WebgpuBlock, partStride: number) => void,
): void {
  const quads = Math.ceil(size / 4);
  const partStride = quads * 4;
  if (splits === 1) {
    body(target, partStride);
    return;
  }
  device.scratch(splits * partStride * 4, "parts of a sum", (parts) => {
    body(parts, partStride);
    device.run(sumParts, {
      bindings: { parts, sums: target },
      parameters: { quads, splits, partStride },
      workgroups: spread(quads, sumParts.constants.workgroupSize),
    });
  });
}
