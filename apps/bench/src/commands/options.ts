/** @file Options that several commands share, and what they do. */
import { availableParallelism } from "node:os";
import { type Device, type DeviceChoice, openDevice, setDefaultDevice } from "@tessera/tensor";
import type { Timing } from "../kernels/time-kernel.ts";

/** What `kernels`, `step`, `epoch` and `all` take. */
export interface BenchOptions {
  readonly device: DeviceChoice;
  readonly threads?: number;
  readonly batchSize: number;
  readonly steps?: number;
  readonly rounds?: number;
  readonly networks: readonly string[];
  readonly peers: boolean;
  readonly peerSeconds: number;
  readonly quick?: boolean;
  readonly plainSimd?: boolean;
  readonly winograd: boolean;
  readonly json?: string;
  readonly out?: string;
}

/** Threads of the cpu device and of peers. */
export function threadsOf({ threads }: BenchOptions): number {
  return threads ?? availableParallelism();
}

/** The device that the options ask for, as the default device. */
export async function openBenchDevice(options: BenchOptions): Promise<Device> {
  const device = await openDevice(options.device, {
    threads: threadsOf(options),
    relaxedSimd: !options.plainSimd,
    winograd: options.winograd,
  });
  setDefaultDevice(device);
  return device;
}

/** Rounds of a kernel. */
export function timingOf({ rounds, quick }: BenchOptions): Timing {
  return quick ? { rounds: rounds ?? 3, roundSeconds: 0.03 } : { rounds: rounds ?? 7, roundSeconds: 0.1 };
}
