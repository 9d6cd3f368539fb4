/** @file Launches oneHot on the cpu. */
import { sizeOf } from "../../shape.ts";
import type { CpuLaunch } from "../op.ts";
import type { OneHotAttributes } from "./one-hot.ts";

export const oneHotCpu: CpuLaunch<OneHotAttributes> = (device, [labels], [y], { depth }) => {
  device.run("oneHot", [labels!.block.address, y!.block.address, sizeOf(labels!.shape), depth]);
};
