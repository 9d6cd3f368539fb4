/** @file Launches that do nothing but multiply-adds, or copies. */
import type { CpuDevice } from "./cpu-device.ts";

/** Chains of four lanes, one link of each in a turn of the kernel. */
const multiplyAddsPerTurn = 12 * 4;

/** Turns of the kernel for one turn here: enough that a launch costs nothing beside them. */
const turnsPerTurn = 4096;

/** Enqueues `turns` of multiply-adds on every thread; returns how many that are. */
export function cpuMultiplyAdds(device: CpuDevice, turns: number): number {
  device.scratch(16 * device.threads, (values) => device.run("peakMultiplyAdd", [values, turns * turnsPerTurn]));
  return turns * turnsPerTurn * multiplyAddsPerTurn * device.threads;
}

/** Enqueues a copy of `byteLength` bytes. */
export function cpuCopy(device: CpuDevice, byteLength: number): void {
  device.scratch(byteLength, (source) =>
    device.scratch(byteLength, (target) => device.run("copyBytes", [source, target, byteLength])),
  );
}
