/** @file Launch of dropout on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { DropoutAttributes } from "./dropout.ts";
import code from "./dropout.wgsl";

const kernel = defineKernel({
  name: "dropout",
  code,
  bindings: { x: "read", stepWords: "read", y: "write" },
  parameters: {
    size: "u32",
    key0: "u32",
    key1: "u32",
    stream: "u32",
    fromStep: "u32",
    counter: "u32",
    threshold: "u32",
    scale: "u32",
  },
  constants: {},
});

export const dropoutWebgpu: WebgpuLaunch<DropoutAttributes> = (device, [x], [y], { key, stream, draw }) => {
  const size = sizeOf(y!.shape);
  const { counter, threshold, scale } = draw;
  device.run(kernel, {
    bindings: { x: x!.block, stepWords: device.stepWords.current(), y: y!.block },
    parameters: {
      ...{ size, key0: key[0], key1: key[1], stream, counter, threshold },
      fromStep: draw.fromStep ? 1 : 0,
      scale: draw.fromStep ? scale : bitsOf(scale),
    },
    workgroups: spread(Math.ceil(size / 4), 64),
  });
};

/** The word that holds a float32. */
function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}
