/** @file Launch of the moving average on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { MovingAverageAttributes } from "./moving-average.ts";

export const movingAverageCpu: CpuLaunch<MovingAverageAttributes> = (device, [value], [target], { fromStep, rest }) => {
  const shared = [target!.block.address, value!.block.address, sizeOf(target!.shape)];
  if (!fromStep) device.run("movingAverage", [...shared, rest]);
  else device.run("movingAverageFromStep", [...shared, device.stepWords.current().address, rest]);
};
