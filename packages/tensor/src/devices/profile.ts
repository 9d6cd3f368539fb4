/** @file Times what a device does, kernel by kernel. */
import { DeviceError } from "../errors.ts";
import type { Device } from "./device.ts";
import { type ProfileEntry, Profiler } from "./profiler.ts";

/** What a device did. */
export interface Profile {
  /** The device's description. */
  readonly device: string;
  /** From the first call to the end of the last command, on the host's clock. */
  readonly milliseconds: number;
  /** Of all kernels, on the device's clock: what is missing are gaps, copies on webgpu, and the host. */
  readonly kernelMilliseconds: number;
  /** Slowest first. */
  readonly entries: readonly ProfileEntry[];
}

/**
 * Times every kernel that `body` has the device run, by op and shapes. webgpu puts each launch into a pass of its own
 * with timestamps on either side, which costs some overlap; cpu takes the clock of the worker that ends a command last.
 * Compile and fill caches before: run `body` once without.
 *
 * @param body may be async; what it leaves queued is waited for
 * @throws DeviceError if the adapter has no `timestamp-query`, the cpu device shares no memory with its workers, or the
 *   device is being profiled
 */
export async function profile(device: Device, body: () => void | Promise<void>): Promise<Profile> {
  await device.finish();
  if (device.profiler) throw new DeviceError("profile: the device is being profiled already");
  const profiler = new Profiler();
  device.startProfile(profiler);
  const start = performance.now();
  let times: Float64Array | null = null;
  try {
    await body();
  } finally {
    times = await device.stopProfile();
  }
  const milliseconds = performance.now() - start;
  const entries = profiler.entries(times);
  const kernelMilliseconds = entries.reduce((sum, entry) => sum + entry.milliseconds, 0);
  return { device: device.description, milliseconds, kernelMilliseconds, entries };
}
