/** @file Launches gather on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { GatherAttributes } from "./gather.ts";

export const gatherCpu: CpuLaunch<GatherAttributes> = (device, [x, indices], [y], { sizes }) => {
  const { outer, length, inner, count } = sizes;
  const addresses = [x!, indices!, y!].map(({ block }) => block.address);
  device.run("gather", [...addresses, outer, length, inner, count]);
};

export const gatherGradientCpu: CpuLaunch<GatherAttributes> = (device, [dy, indices], [dx], { sizes }) => {
  const { outer, length, inner, count } = sizes;
  const addresses = [dy!, indices!, dx!].map(({ block }) => block.address);
  device.run("gatherGradient", [...addresses, outer, length, inner, count]);
};
