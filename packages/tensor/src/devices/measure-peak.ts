/** @file What a device can do at best, measured: the roof that a profile's figures stand under. */
import { cpuCopy, cpuMultiplyAdds } from "./cpu/peak.ts";
import type { Device } from "./device.ts";
import { profile } from "./profile.ts";
import { webgpuCopy, webgpuMultiplyAdds } from "./webgpu/peak.ts";

/** The most that was seen. */
export interface Peak {
  /** Of float32 multiply-adds from registers, each counted as two. */
  readonly gflops: number;
  /** Of a copy far larger than usual caches, bytes read and bytes written. */
  readonly gigabytesPerSecond: number;
}

/** A launch is long enough to be timed well when it takes as long. */
const enoughMilliseconds = 10;

/** Doublings after which a launch counts as long enough. */
const mostDoublings = 14;

const rounds = 3;
const copyBytes = 64 << 20;

/**
 * Measures a device's peaks, in a second or two: the best of three dense loops of multiply-adds, and of three copies of 64
 * MiB. What else the machine does takes its share of them.
 *
 * @throws DeviceError if the device's launches cannot be timed, or 128 MiB are not to be had
 */
export async function measurePeak(device: Device): Promise<Peak> {
  let turns = 1;
  for (let i = 0; i < mostDoublings; i++, turns *= 2) {
    if ((await multiplyAdds(device, turns)).milliseconds >= enoughMilliseconds) break;
  }
  let [gflops, gigabytesPerSecond] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const products = await multiplyAdds(device, turns);
    gflops = Math.max(gflops, (2 * products.count) / products.milliseconds / 1e6);
    gigabytesPerSecond = Math.max(gigabytesPerSecond, (2 * copyBytes) / (await copy(device)) / 1e6);
  }
  return { gflops, gigabytesPerSecond };
}

async function multiplyAdds(device: Device, turns: number): Promise<{ count: number; milliseconds: number }> {
  let count = 0;
  const { kernelMilliseconds } = await profile(device, () => {
    count = device.kind === "cpu" ? cpuMultiplyAdds(device, turns) : webgpuMultiplyAdds(device, turns);
  });
  return { count, milliseconds: kernelMilliseconds };
}

async function copy(device: Device): Promise<number> {
  const { kernelMilliseconds } = await profile(device, () => {
    if (device.kind === "cpu") cpuCopy(device, copyBytes);
    else webgpuCopy(device, copyBytes);
  });
  return kernelMilliseconds;
}
