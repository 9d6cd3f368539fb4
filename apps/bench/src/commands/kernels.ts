/** @file `bench kernels`: every kernel at the shapes of the networks. */
import type { Device } from "@tessera/tensor";
import type { Kernel } from "../kernels/kernel.ts";
import { listKernels } from "../kernels/list.ts";
import { measurePeak } from "../kernels/peak.ts";
import { measureKernel, type Timing } from "../kernels/time-kernel.ts";
import { type BenchRecord, newReport, type Peak } from "../report/record.ts";
import { recordLine } from "../report/text.ts";
import { type BenchOptions, conclude, openBenchDevice, timingOf } from "./options.ts";

/** Runs the command. */
export async function benchKernels(options: BenchOptions): Promise<void> {
  const device = await openBenchDevice(options);
  const peak = await measurePeak(device, timingOf(options));
  const kernels = listKernels(options.batchSize).filter(({ origin }) => isWanted(origin, options.networks));
  const records = await measureKernels(device, kernels, timingOf(options), peak);
  await device.destroy();
  await conclude(newReport({ records, peak }), options);
}

/** Kernels that belong to no network are always wanted. */
function isWanted(origin: string, networks: readonly string[]): boolean {
  return origin === "square" || origin === "all" || networks.includes(origin);
}

/** Times one after the other, with a line on standard error for each. */
export async function measureKernels(
  device: Device,
  kernels: readonly Kernel[],
  timing: Timing,
  peak: Peak,
): Promise<BenchRecord[]> {
  const records: BenchRecord[] = [];
  for (const [i, kernel] of kernels.entries()) {
    const record = await measureKernel(device, kernel, timing, peak);
    records.push(record);
    console.error(`[${i + 1} of ${kernels.length}] ${recordLine(record)}`);
  }
  return records;
}
