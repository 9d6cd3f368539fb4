/** @file Launches of average-pool on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { PoolGeometry } from "../pool-geometry.ts";
import { poolWords } from "../pool-words.ts";

export const averagePoolCpu: CpuLaunch<PoolGeometry> = (device, [x], [y], geometry) => {
  device.run("averagePool", [x!.block.address, y!.block.address, poolWords(device, geometry)]);
};

export const averagePoolGradientCpu: CpuLaunch<PoolGeometry> = (device, [dy], [dx], geometry) => {
  device.run("averagePoolGradient", [dy!.block.address, dx!.block.address, poolWords(device, geometry)]);
};
