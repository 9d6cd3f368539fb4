/** @file Launches of max-pool on the cpu. */
import type { CpuLaunch } from "../op.ts";
import type { PoolGeometry } from "../pool-geometry.ts";
import { poolWords } from "../pool-words.ts";

export const maxPoolCpu: CpuLaunch<PoolGeometry> = (device, [x], [y, positions], geometry) => {
  device.run("maxPool", [x!.block.address, y!.block.address, positions!.block.address, poolWords(device, geometry)]);
};

export const maxPoolGradientCpu: CpuLaunch<PoolGeometry> = (device, [dy, positions], [dx], geometry) => {
  device.run("maxPoolGradient", [
    dy!.block.address,
    positions!.block.address,
    dx!.block.address,
    poolWords(device, geometry),
  ]);
};
