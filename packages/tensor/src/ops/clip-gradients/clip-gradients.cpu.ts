/** @file Launches the clipping of gradients on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { ClipAttributes } from "./clip-gradients.ts";

export const clipNormCpu: CpuLaunch<ClipAttributes> = (device, [norm], [gradients], { limit }) => {
  device.run("clipGradientNorm", [gradients!.block.address, norm!.block.address, sizeOf(gradients!.shape), limit]);
};

export const clipValueCpu: CpuLaunch<ClipAttributes> = (device, _, [gradients], { limit }) => {
  device.run("clipGradientValue", [gradients!.block.address, sizeOf(gradients!.shape), limit]);
};
