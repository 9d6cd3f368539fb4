/** @file Times a training step of the small CNN, beside PyTorch in the same run. */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Device, type DeviceChoice, openDevice } from "@tessera/tensor";
import { classes, cnnSteps } from "./cnn-steps.ts";
import { PyTorch } from "./pytorch.ts";
import { type BenchRecord, spreadOf } from "./record.ts";

/** Options of the command. */
export interface StepOptions {
  readonly device: DeviceChoice;
  readonly threads?: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly rounds: number;
  readonly peers: boolean;
  readonly plainSimd?: boolean;
  readonly winograd: boolean;
  readonly json?: string;
}

const warmUpSteps = 3;

/** Runs the command. */
export async function benchStep(options: StepOptions): Promise<void> {
  const threads = options.threads ?? availableParallelism();
  const device = await openDevice(options.device, {
    threads,
    relaxedSimd: !options.plainSimd,
    winograd: options.winograd,
  });
  const peer = options.peers ? await PyTorch.start(options.batchSize, classes, threads) : "not asked for";
  if (typeof peer === "string") console.log(`PyTorch is left out: ${peer}`);
  const { ours, theirs } = await takeTurns(device, options, typeof peer === "string" ? null : peer);
  if (typeof peer !== "string") peer.stop();
  const record = toRecord(device, options, ours, theirs, typeof peer === "string" ? "" : peer.version);
  print(record);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ records: [record] }, null, 2)}\n`);
  await device.destroy();
}

/** Seconds a step, ours and PyTorch's, round by round in turns, so that both meet the same moods of the machine. */
async function takeTurns(device: Device, { batchSize, steps, rounds }: StepOptions, peer: PyTorch | null) {
  const run = trainer(batchSize);
  const first = await run(warmUpSteps);
  await peer?.round(warmUpSteps);
  const ours: number[] = [];
  const theirs: number[] = [];
  let last = first;
  for (let round = 0; round < rounds; round++) {
    last = await run(steps);
    ours.push(last.secondsPerStep);
    if (peer) theirs.push((await peer.round(steps)).reduce((sum, seconds) => sum + seconds, 0) / steps);
  }
  // A broken kernel can be infinitely fast: the loss on the one batch must have fallen.
  if (!(last.loss < first.loss)) {
    throw new Error(`${device.description}: the loss went from ${first.loss} to ${last.loss}: the result is wrong`);
  }
  return { ours, theirs };
}

/** Trains on one batch, dropout included; a round ends when its last loss has arrived. */
function trainer(batchSize: number): (steps: number) => Promise<{ secondsPerStep: number; loss: number }> {
  const take = cnnSteps(batchSize);
  return async (steps) => {
    const start = performance.now();
    let loss = Number.NaN;
    for (let i = 0; i < steps; i++) {
      const reading = take();
      if (i === steps - 1) loss = await reading.value();
    }
    return { secondsPerStep: (performance.now() - start) / 1000 / steps, loss };
  };
}

function toRecord(
  device: Device,
  { batchSize }: StepOptions,
  ours: readonly number[],
  theirs: readonly number[],
  version: string,
): BenchRecord {
  const { median, min, max } = spreadOf(ours.map((seconds) => seconds * 1000));
  const imagesPerSecond = (batchSize * 1000) / median;
  const base = {
    benchmark: "step/cnn",
    device: device.kind,
    adapter: device.description,
    shape: [batchSize, 32, 32, 3],
    milliseconds: { median, min, max },
    imagesPerSecond,
  };
  if (theirs.length === 0) return { ...base, peers: {} };
  // Round by round, because the machine's speed drifts.
  const ratio = spreadOf(ours.map((seconds, i) => theirs[i]! / seconds)).median;
  return { ...base, peers: { pytorch: { imagesPerSecond: batchSize / spreadOf(theirs).median, ratio, version } } };
}

function print({ adapter, shape, milliseconds: { median, min, max }, imagesPerSecond, peers }: BenchRecord): void {
  console.log(`training step of the small CNN, batch ${shape[0]}`);
  console.log(
    `  ${adapter}: ${median.toFixed(1)} ms (${min.toFixed(1)} to ${max.toFixed(1)}), ${imagesPerSecond.toFixed(0)} images/s`,
  );
  for (const [name, { imagesPerSecond: theirs, ratio, version }] of Object.entries(peers)) {
    console.log(`  ${name} ${version}: ${theirs.toFixed(0)} images/s; ours is ${ratio.toFixed(2)} times as fast`);
  }
}
