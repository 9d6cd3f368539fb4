/** @file Times a kernel, and checks its result before the time is told. */
import { type Device, type Tensor, tensor } from "@tessera/tensor";
import { type BenchRecord, type Spread, spreadOf } from "../report/record.ts";
import type { Kernel, PreparedKernel } from "./kernel.ts";

/** How long to time. */
export interface Timing {
  readonly rounds: number;
  /** Seconds in a round: as many launches as fit, at least one. */
  readonly roundSeconds: number;
}

/** Seconds after which a kernel gets no further round. */
const patience = 10;

/** Times a kernel on the default device, and compares its result with float64. */
export async function measureKernel(device: Device, kernel: Kernel, timing: Timing): Promise<BenchRecord> {
  try {
    const prepared = kernel.prepare();
    try {
      const milliseconds = await time(device, prepared, timing);
      const wrong = await check(prepared);
      return toRecord(device, kernel, wrong ? null : milliseconds, wrong);
    } finally {
      prepared.dispose();
    }
  } catch (error) {
    return toRecord(device, kernel, null, (error as Error).message);
  }
}

/** Milliseconds of a launch. */
export async function time(
  device: Device,
  { launch }: Pick<PreparedKernel, "launch">,
  { rounds, roundSeconds }: Timing,
): Promise<Spread> {
  await seconds(device, launch, 1); // compiles
  const once = await seconds(device, launch, 1);
  const launches = Math.max(1, Math.ceil(roundSeconds / once));
  const results: number[] = [];
  const start = performance.now();
  do results.push(((await seconds(device, launch, launches)) / launches) * 1000);
  while (results.length < rounds && performance.now() - start < patience * 1000);
  return spreadOf(results);
}

/** Seconds from the first launch to the last one's end. */
async function seconds(device: Device, launch: () => readonly Tensor[], launches: number): Promise<number> {
  const probe = tensor([0], [1], { device });
  await probe.data(); // uploads are done
  const start = performance.now();
  for (let i = 0; i < launches; i++) for (const result of launch()) result.dispose();
  await probe.data(); // a read waits for everything queued before it
  const elapsed = (performance.now() - start) / 1000;
  probe.dispose();
  return elapsed;
}

/** Launches once more, the way that was timed, and compares: what is wrong, or `null`. */
async function check({ launch, reset, targets = [], check }: PreparedKernel): Promise<string | null> {
  reset?.();
  const results = launch();
  const values = await Promise.all([...results, ...targets].map((each) => each.data()));
  for (const result of results) result.dispose();
  return check(values);
}

function toRecord(
  device: Device,
  { name, origin, shape, flops, bytes }: Kernel,
  milliseconds: Spread | null,
  wrong: string | null,
): BenchRecord {
  const perSecond = (amount: number) => (milliseconds && amount > 0 ? amount / milliseconds.median / 1e6 : null);
  return {
    benchmark: `kernel/${name}/${origin}`,
    device: device.kind,
    adapter: device.description,
    shape,
    milliseconds,
    gflops: perSecond(flops),
    gigabytesPerSecond: perSecond(bytes),
    imagesPerSecond: null,
    shareOfPeak: null,
    peers: {},
    verified: "float64, on a sample of the results",
    wrong,
  };
}
