/** @file Times the JavaScript of a training step by itself: what the main thread does while it enqueues one. */
import { writeFileSync } from "node:fs";
import { type Device, openDevice } from "@tessera/tensor";
import { cnnSteps } from "./cnn-steps.ts";
import { type Spread, spreadOf } from "./report/record.ts";

/** Options of the command. */
export interface JavascriptTimeOptions {
  /** `null` is the webgpu device on Dawn's null backend, which takes commands and carries none out. */
  readonly device: "null" | "webgpu" | "cpu";
  readonly batchSize: number;
  readonly steps: number;
  readonly json?: string;
}

/** What was measured. */
interface JavascriptTime {
  readonly benchmark: "javascript/cnn";
  readonly device: string;
  readonly adapter: string;
  readonly batchSize: number;
  /** Of one call of `step`, uploads and submit included, waiting for results not. */
  readonly milliseconds: Spread;
  /** Buffers and bind groups that the timed steps made, on webgpu. */
  readonly made: { readonly buffers: number; readonly bindGroups: number } | null;
}

/** Steps whose time is not taken: the first compile kernels, and the engine optimises the code of the others. */
const warmUpSteps = 60;

/** Steps between two readings of the loss: the host is never further ahead of the device. */
const readEvery = 10;

/** Runs the command. */
export async function benchJavascriptTime(options: JavascriptTimeOptions): Promise<void> {
  const device = await (options.device === "null"
    ? openDevice("webgpu", { backend: "null" })
    : openDevice(options.device));
  const record = await javascriptTime(device, options);
  await device.destroy();
  const { median, min, max } = record.milliseconds;
  console.log(`JavaScript of a training step of the small CNN, batch ${record.batchSize}, ${options.steps} steps`);
  console.log(`  ${record.adapter}: ${median.toFixed(2)} ms (${min.toFixed(2)} to ${max.toFixed(2)})`);
  if (record.made)
    console.log(`  made meanwhile: ${record.made.buffers} buffers, ${record.made.bindGroups} bind groups`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ records: [record] }, null, 2)}\n`);
}

/** Measures on a device that is the default one. */
async function javascriptTime(
  device: Device,
  { batchSize, steps }: Pick<JavascriptTimeOptions, "batchSize" | "steps">,
): Promise<JavascriptTime> {
  const take = cnnSteps(batchSize);
  const times: number[] = [];
  let before = counters(device);
  for (let i = 0; i < warmUpSteps + steps; i++) {
    if (i === warmUpSteps) before = counters(device);
    const start = performance.now();
    const loss = take();
    if (i >= warmUpSteps) times.push(performance.now() - start);
    if (i % readEvery === readEvery - 1) await loss.value();
  }
  const after = counters(device);
  return {
    benchmark: "javascript/cnn",
    device: device.kind,
    adapter: device.description,
    batchSize,
    milliseconds: spreadOf(times),
    made: before &&
      after && { buffers: after.buffers - before.buffers, bindGroups: after.bindGroups - before.bindGroups },
  };
}

function counters(device: Device) {
  return device.kind === "webgpu" ? device.counters : null;
}
