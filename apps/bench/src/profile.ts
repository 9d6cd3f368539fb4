/** @file Where the time of training steps goes, kernel by kernel, beside what the device can do at best. */
import { writeFileSync } from "node:fs";
import { type DeviceChoice, measurePeak, openDevice, type Peak, type ProfileEntry, profile } from "@tessera/tensor";
import { cnnSteps } from "./cnn-steps.ts";

/** Options of the command. */
export interface ProfileOptions {
  readonly device: DeviceChoice;
  readonly threads?: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly json?: string;
}

const warmUpSteps = 2;

/** Runs the command. */
export async function benchProfile({ device: choice, threads, batchSize, steps, json }: ProfileOptions): Promise<void> {
  const device = await openDevice(choice, threads === undefined ? {} : { threads });
  const take = cnnSteps(batchSize);
  for (let i = 0; i < warmUpSteps; i++) await take().value();
  const { entries, milliseconds, kernelMilliseconds } = await profile(device, async () => {
    for (let i = 0; i < steps; i++) await take().value();
  });
  const peak = await measurePeak(device);
  await device.destroy();
  console.log(`${steps} training steps of the small CNN, batch ${batchSize}, on ${device.description}`);
  console.log(
    `a step took ${perStep(milliseconds)} ms, ${perStep(kernelMilliseconds)} of them in kernels; at best the device does ${peak.gflops.toFixed(1)} GFLOP/s and ${peak.gigabytesPerSecond.toFixed(1)} GB/s\n`,
  );
  console.log("| op | shapes | ms a step | share | GFLOP/s | of peak | GB/s | of peak | kernels |");
  console.log("|---|---|--:|--:|--:|--:|--:|--:|---|");
  for (const entry of entries) console.log(row(entry));
  if (json) {
    const result = {
      benchmark: "profile/cnn",
      device: device.description,
      batchSize,
      steps,
      milliseconds,
      peak,
      entries,
    };
    writeFileSync(json, `${JSON.stringify({ records: [result] }, null, 2)}\n`);
  }

  function perStep(total: number): string {
    return (total / steps).toFixed(1);
  }

  function row(entry: ProfileEntry): string {
    const cells = [
      entry.op,
      entry.shapes,
      (entry.milliseconds / steps).toFixed(3),
      percent(entry.milliseconds / kernelMilliseconds),
      ...rates(entry, peak),
      entry.kernels.map(({ name, milliseconds: own }) => `${name} ${(own / steps).toFixed(3)}`).join(", "),
    ];
    return `| ${cells.join(" | ")} |`;
  }
}

function rates({ gflops, gigabytesPerSecond }: ProfileEntry, peak: Peak): string[] {
  const products = gflops > 0 ? [gflops.toFixed(1), percent(gflops / peak.gflops)] : ["", ""];
  const bytes =
    gigabytesPerSecond > 0
      ? [gigabytesPerSecond.toFixed(2), percent(gigabytesPerSecond / peak.gigabytesPerSecond)]
      : ["", ""];
  return [...products, ...bytes];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
