import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { type Link, predictStep, type StepParts } from "./scaling-model.ts";
import type { RankSettings, RankTimes } from "./scaling-rank.ts";

interface MachinesOptions {
  readonly networks: readonly string[];
  /** Images in a step, of all machines. */
  readonly batchSize: number;
  readonly gigabits: number;
  readonly microseconds: number;
  readonly steps: number;
}

const machines = [1, 8, 64];

/** Batches that are timed; a step of more or fewer images is taken to lie on the line through the two. */
const timedBatches = [8, 32] as const;

/** `bench scaling-model`: times steps of this machine, and says what many like it would take by {@link predictStep}. */
export async function benchScalingModel(options: MachinesOptions): Promise<void> {
  const { batchSize, gigabits, microseconds } = options;
  console.log(`batches of ${batchSize}, ${gigabits} Gbit/s, ${microseconds} µs`);
  console.log("| network | machines | ms a step | images/s | of N machines' |");
  console.log("| --- | ---: | ---: | ---: | ---: |");
  for (const network of options.networks) {
    const [few, many] = timedBatches.map((images) => timesOf(network, images, options)) as [RankTimes, RankTimes];
    const slope = (many.step - few.step) / (timedBatches[1] - timedBatches[0]);
    const compute = (images: number) => few.step + slope * (images - timedBatches[0]);
    const whole = compute(batchSize);
    for (const count of machines) {
      const parts: StepParts = { ...few.parts, compute: compute(batchSize / count) };
      const { least, most } = predictStep(parts, linkOf(options, count), count);
      const range = (value: (milliseconds: number) => string) =>
        least === most ? value(most) : `${value(most)} to ${value(least)}`;
      const efficiency = range((milliseconds) => (whole / count / milliseconds).toFixed(2));
      const rate = range((milliseconds) => ((batchSize * 1000) / milliseconds).toFixed(0));
      console.log(`| ${network} | ${count} | ${range((each) => each.toFixed(0))} | ${rate} | ${efficiency} |`);
    }
  }
}

/** An exchange reaches N machines in ⌈log₂ N⌉ turns. */
function linkOf({ gigabits, microseconds }: MachinesOptions, count: number): Link {
  return { bandwidth: (gigabits * 1e9) / 8 / 1e3, latency: (microseconds / 1e3) * Math.ceil(Math.log2(count)) };
}

function timesOf(network: string, batchSize: number, { steps }: MachinesOptions): RankTimes {
  const threads = availableParallelism();
  const settings: RankSettings = { network, batchSize, steps, batchNorm: "synchronised", threads, together: true };
  const program = [process.argv[1]!, "scaling-rank", JSON.stringify(settings)];
  return JSON.parse(execFileSync(process.execPath, program, { encoding: "utf8" })) as RankTimes;
}
