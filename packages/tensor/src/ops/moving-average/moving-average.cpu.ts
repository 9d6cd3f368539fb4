/** @file Launch of the moving average on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { MovingAverageAttributes } from "./moving-average.ts";

export const movingAverageCpu: CpuLaunch<MovingAverageAttributes> = (device, [value], [target], { momentum }) => {
  device.run("movingAverage", [target!.block.address, value!.block.address, sizeOf(target!.shape), 1 - momentum]);
};
