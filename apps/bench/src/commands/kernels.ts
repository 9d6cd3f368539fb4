/** @file `bench kernels`: every kernel at the shapes of the networks. */
import type { Device } from "@tessera/tensor";
import { listKernels } from "../kernels/list.ts";
import { measureKernel } from "../kernels/time-kernel.ts";
import type { BenchRecord } from "../report/record.ts";
import { type BenchOptions, timingOf } from "./options.ts";

/** Times one after the other: those of the networks that are asked for, and those that belong to none. */
export async function* kernelRecords(device: Device, options: BenchOptions): AsyncGenerator<BenchRecord> {
  const wanted = ["square", "all", ...options.networks];
  for (const kernel of listKernels(options.batchSize)) {
    if (wanted.includes(kernel.origin)) yield await measureKernel(device, kernel, timingOf(options));
  }
}
