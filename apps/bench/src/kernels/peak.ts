/** @file What a device does at most, measured: the roof that kernels are seen against. */
import { type Device, neg, tensor } from "@tessera/tensor";
import type { Peak } from "../report/record.ts";
import { fill } from "./kernel.ts";
import { matmulKernel } from "./matmul.ts";
import { type Timing, time } from "./time-kernel.ts";

/** Bytes of a matrix or a vector that no cache holds; a software GPU is too slow for as much. */
const longVector = 16 << 20;

/** The fastest of several products of square matrices, and the fastest pass over long vectors, at their best rounds. */
export async function measurePeak(device: Device, timing: Timing): Promise<Peak> {
  const rates: number[] = [];
  for (const size of [256, 512, 1024]) {
    const kernel = matmulKernel("square", size, size, size);
    const prepared = kernel.prepare();
    const { min } = await time(device, prepared, timing);
    prepared.dispose();
    rates.push(kernel.flops / min / 1e6);
    // The next has eight times as much to do.
    if (min > timing.roundSeconds * 1000) break;
  }
  return { gflops: Math.max(...rates), gigabytesPerSecond: await measureBandwidth(device, timing) };
}

async function measureBandwidth(device: Device, timing: Timing): Promise<number> {
  const x = tensor(fill(longVector, 17));
  const { min } = await time(device, { launch: () => [neg(x)] }, timing);
  x.dispose();
  return (2 * 4 * longVector) / min / 1e6;
}
