import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { launchInfo, openCommunicator } from "@tessera/distributed";
import { adam, type Batch, cnn, fit, type RankCommunicator } from "@tessera/nn";
import { openDevice, randomBits } from "@tessera/tensor";
import { type Spread, spreadOf } from "./report/record.ts";

interface ScalingOptions {
  readonly ranks: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly rounds: number;
  readonly launcher: string;
  readonly batchNorm: "synchronised" | "perRank";
  readonly json?: string;
}

/** Milliseconds of a step, and of what a rank waited for in it. */
interface RankTimes {
  readonly step: number;
  /** Gradients and metrics: may run beside the backward pass. */
  readonly reductions: number;
  /** Statistics: everything waits. */
  readonly gathers: number;
}

/**
 * `bench scaling`: training steps of the small CNN by ranks of one thread each, beside one process of as many threads, at
 * the same batch of all, taking turns.
 */
export async function benchScaling(options: ScalingOptions): Promise<void> {
  const { ranks, rounds, batchSize, json } = options;
  const rounded = { one: [] as RankTimes[], several: [] as RankTimes[] };
  for (let round = 0; round < rounds; round++) {
    rounded.one.push(timesOf(options, 0));
    rounded.several.push(timesOf(options, ranks));
  }
  const spread = (times: readonly RankTimes[], name: keyof RankTimes) => spreadOf(times.map((each) => each[name]));
  const one = spread(rounded.one, "step");
  const several = spread(rounded.several, "step");
  const ratio = spreadOf(rounded.one.map(({ step }, i) => step / rounded.several[i]!.step));
  const parts = {
    "gradients and metrics under way": spread(rounded.several, "reductions"),
    "statistics under way": spread(rounded.several, "gathers"),
  };
  const rate = ({ median }: Spread) => `${((batchSize * 1000) / median).toFixed(0)} images/s`;
  console.log(`| small CNN, batches of ${batchSize} | ms a step | range |`);
  console.log("| --- | ---: | ---: |");
  console.log(row(`one process, ${ranks} threads: ${rate(one)}`, one));
  console.log(row(`${ranks} ranks of one thread: ${rate(several)}`, several));
  for (const [name, times] of Object.entries(parts)) console.log(row(`of which ${name}`, times));
  console.log(
    `ratio ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}), ${rounds} rounds`,
  );
  const result = { benchmark: "scaling", ranks, batchSize, one, several, ratio, parts };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}

function row(name: string, { median, min, max }: Spread): string {
  return `| ${name} | ${median.toFixed(1)} | ${min.toFixed(1)} to ${max.toFixed(1)} |`;
}

/** Starts this program again: alone, or under an mpiexec. */
function timesOf({ ranks: threads, batchSize, steps, launcher, batchNorm }: ScalingOptions, ranks: number): RankTimes {
  const settings = { batchSize, steps, batchNorm, threads: ranks === 0 ? threads : 1 };
  const program = [process.argv[1]!, "scaling-rank", JSON.stringify(settings)];
  const [command, ...first] = [...launcher.split(" "), "-n", String(ranks), process.execPath];
  const output =
    ranks === 0
      ? execFileSync(process.execPath, program, { encoding: "utf8" })
      : execFileSync(command!, [...first, ...program], { encoding: "utf8" });
  return JSON.parse(output) as RankTimes;
}

const warmUp = 4;

/** What each process of `bench scaling` runs; rank 0 prints its {@link RankTimes}. */
export async function scalingRank(settings: string): Promise<void> {
  const { batchSize, steps, batchNorm, threads } = JSON.parse(settings) as ScalingOptions & { threads: number };
  const communicator = await openCommunicator({ timeoutSeconds: 300 });
  const device = await openDevice("cpu", { threads });
  const model = cnn({ classes: 100, dropout: [0, 0, 0, 0] });
  const optimizer = adam(model.parameters());
  const spent = { reductions: 0, gathers: 0 };
  const timed = timing(communicator, spent);
  const batch = randomBatch(batchSize);
  const take = (count: number) =>
    fit(model, optimizer, {
      train: () => Array.from({ length: count }, () => batch),
      distributed: { communicator: timed, batchNorm },
    });
  await take(warmUp);
  Object.assign(spent, { reductions: 0, gathers: 0 });
  const { seconds } = (await take(steps)).history[0]!;
  const { reductions, gathers } = spent;
  const perStep = { step: (seconds * 1000) / steps, reductions: reductions / steps, gathers: gathers / steps };
  if (launchInfo().rank === 0) console.log(JSON.stringify(perStep));
  await communicator.close();
  await device.destroy();
}

/** The same communicator, whose time is counted. */
function timing(communicator: RankCommunicator, spent: { reductions: number; gathers: number }): RankCommunicator {
  const counted = async (name: "reductions" | "gathers", call: Promise<void>) => {
    const begun = performance.now();
    await call;
    spent[name] += performance.now() - begun;
  };
  return {
    rank: communicator.rank,
    size: communicator.size,
    allReduce: (values, reduction) => counted("reductions", communicator.allReduce(values, reduction)),
    allGather: (values, into) => counted("gathers", communicator.allGather(values, into)),
    broadcast: (values, root) => communicator.broadcast(values, root),
  };
}

function randomBatch(size: number): Batch {
  const images = Uint8Array.from(randomBits({ seed: 0, stream: 0 }, size * 3072), (bits) => bits >>> 24);
  const labels = Int32Array.from(randomBits({ seed: 0, stream: 1 }, size), (bits) => bits % 100);
  return { images, labels, shape: [size, 32, 32, 3] };
}
