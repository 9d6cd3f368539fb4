/** @file Launches reductions on WebGPU, in as many passes as fixed chunks take. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuBlock, WebgpuDevice } from "../../devices/webgpu/webgpu-device.ts";
import type { Argument } from "../op.ts";
import { writeEmptyReduction } from "./empty.ts";
import { type ReduceLayout, reduceLayout } from "./layout.ts";
import type { ReduceKind } from "./reduce.ts";
import code from "./reduce.wgsl";

function defineReduceKernel(name: string, entryPoint: string) {
  return defineKernel({
    ...{ name, code, entryPoint },
    bindings: { x: "read", y: "write" },
    parameters: {
      ...{ outputs: "u32", count: "u32", chunkLength: "u32", chunks: "u32" },
      ...{ k1: "u32", k2: "u32", kStride0: "u32", kStride1: "u32", kStride2: "u32" },
      ...{ r1: "u32", r2: "u32", rStride0: "u32", rStride1: "u32", rStride2: "u32" },
      divisor: "f32",
    },
    constants: { KIND: 0 },
  });
}

const serial = defineReduceKernel("reduce", "serial");
const cooperative = defineReduceKernel("reduce cooperatively", "cooperative");

/** Elements that one invocation reduces: few enough to fill a GPU and to keep rounding errors small. */
const serialLength = 128;

/** Elements that one workgroup reduces: 64 to an invocation. */
const cooperativeLength = 4096;

/** Below this many elements it does not matter that a workgroup's reads are not neighbours. */
const smallSize = 65536;

/** Reduces `axes` of x into `y`. */
export function reduceWebgpu(
  device: WebgpuDevice,
  kind: ReduceKind,
  x: Argument<WebgpuBlock>,
  y: WebgpuBlock,
  axes: readonly number[],
): void {
  const layout = reduceLayout(kind, x.shape, axes);
  if (layout.count === 0) {
    writeEmptyReduction(kind, layout.outputs, (bytes) => device.write(y, bytes));
    return;
  }
  passes(device, kind === "max" ? 1 : 0, x.block, y, layout, kind === "mean" ? layout.count : 1);
}

/** One pass leaves `chunks` partial results for each output; they are reduced in turn. */
function passes(
  device: WebgpuDevice,
  kind: number,
  x: WebgpuBlock,
  y: WebgpuBlock,
  layout: ReduceLayout,
  divisor: number,
): void {
  const { outputs, count, innerReduced } = layout;
  const together = count > 64 && (innerReduced || outputs * count <= smallSize);
  const chunkLength = together ? cooperativeLength : serialLength;
  const chunks = Math.ceil(count / chunkLength);
  const run = (target: WebgpuBlock, by: number) =>
    device.run(together ? cooperative : serial, {
      bindings: { x, y: target },
      parameters: { outputs, count, chunkLength, chunks, ...axisParameters(layout), divisor: by },
      constants: { KIND: kind },
      workgroups: spread(outputs * chunks, together ? 1 : 64),
    });
  if (chunks === 1) {
    run(y, divisor);
    return;
  }
  device.scratch(outputs * chunks * 4, "partial results of a reduction", (partial) => {
    run(partial, 1);
    passes(device, kind, partial, y, reduceLayout("reduce", [chunks, outputs], [0]), divisor);
  });
}

function axisParameters({ kept, reduced }: ReduceLayout) {
  const [kStride0, kStride1, kStride2] = kept.strides;
  const [rStride0, rStride1, rStride2] = reduced.strides;
  return {
    ...{ k1: kept.sizes[1], k2: kept.sizes[2], kStride0, kStride1, kStride2 },
    ...{ r1: reduced.sizes[1], r2: reduced.sizes[2], rStride0, rStride1, rStride2 },
  };
}
