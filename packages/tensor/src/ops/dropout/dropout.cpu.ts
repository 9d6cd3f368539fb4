/** @file Launch of dropout on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { DropoutAttributes } from "./dropout.ts";

export const dropoutCpu: CpuLaunch<DropoutAttributes> = (device, [x], [y], { key, stream, draw }) => {
  const shared = [x!.block.address, y!.block.address, sizeOf(y!.shape), ...key, stream];
  const { counter, threshold, scale } = draw;
  if (!draw.fromStep) device.run("dropout", [...shared, counter, threshold, scale]);
  else device.run("dropoutFromStep", [...shared, device.stepWords.current().address, counter, threshold, scale]);
};
