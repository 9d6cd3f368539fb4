/** @file Launches of layer normalisation on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { LayerNormAttributes } from "./layer-norm.ts";

export const layerNormCpu: CpuLaunch<LayerNormAttributes> = (device, inputs, [y, saved], { epsilon }) => {
  const size = sizeOf(inputs[1]!.shape);
  const addresses = [...inputs, y!, saved!].map(({ block }) => block.address);
  device.run("layerNorm", [...addresses, sizeOf(y!.shape) / size, size, epsilon]);
};

export const layerNormGradientCpu: CpuLaunch<Record<never, never>> = (device, inputs, outputs) => {
  const size = sizeOf(inputs[2]!.shape);
  const addresses = [...inputs, ...outputs].map(({ block }) => block.address);
  device.run("layerNormGradient", [...addresses, sizeOf(outputs[0]!.shape) / size, size]);
};
