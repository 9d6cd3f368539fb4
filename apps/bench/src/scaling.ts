import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type Spread, spreadOf } from "./report/record.ts";
import { type Link, predictStep, type StepParts } from "./scaling-model.ts";
import type { RankSettings, RankTimes } from "./scaling-rank.ts";

interface JobOptions extends Omit<RankSettings, "threads" | "together"> {
  readonly ranks: number;
  readonly launcher?: string;
}

interface ScalingOptions extends JobOptions {
  readonly rounds: number;
  /** Milliseconds of an exchange of a few bytes while training goes on. */
  readonly exchange?: number;
  readonly json?: string;
}

/**
 * `bench scaling`: training steps by ranks of one thread each, beside one process of as many threads, at the same batch of
 * all, taking turns; and what the model says of it, from steps of the same ranks that do not know of each other.
 */
export async function benchScaling({ rounds, json, exchange, ...options }: ScalingOptions): Promise<void> {
  const { ranks, batchSize, network } = options;
  if (ranks < 2) throw new Error("scaling: expected at least 2 ranks, to be compared with one process");
  if (batchSize % ranks !== 0) throw new Error(`scaling: ${batchSize} images cannot be shared out to ${ranks} ranks`);
  const rounded = { one: [] as RankTimes[], several: [] as RankTimes[], apart: [] as RankTimes[] };
  for (let round = 0; round < rounds; round++) {
    rounded.one.push(timesOf(options, "one"));
    rounded.several.push(timesOf(options, "together"));
    rounded.apart.push(timesOf(options, "apart"));
  }
  const spread = (times: readonly RankTimes[], name: "step" | "reductions" | "gathers") =>
    spreadOf(times.map((each) => each[name]));
  const [one, several, apart] = [
    spread(rounded.one, "step"),
    spread(rounded.several, "step"),
    spread(rounded.apart, "step"),
  ];
  const ratio = spreadOf(rounded.one.map(({ step }, i) => step / rounded.several[i]!.step));
  const { parts, link } = modelOf(rounded.apart, options);
  const predicted = predictStep(parts, { ...link, ...(exchange !== undefined && { latency: exchange }) }, ranks);
  const waits = {
    "gradients, sums and metrics under way": spread(rounded.several, "reductions"),
    "statistics under way": spread(rounded.several, "gathers"),
  };
  const rate = ({ median }: Spread) => `${((batchSize * 1000) / median).toFixed(0)} images/s`;
  console.log(`| ${network}, batches of ${batchSize} | ms a step | range |`);
  console.log("| --- | ---: | ---: |");
  console.log(row(`one process, ${ranks} threads: ${rate(one)}`, one));
  console.log(row(`${ranks} ranks of one thread: ${rate(several)}`, several));
  for (const [name, times] of Object.entries(waits)) console.log(row(`of which ${name}`, times));
  console.log(row(`${ranks} processes that train apart, ${batchSize / ranks} images each`, apart));
  console.log(`| predicted | ${predicted.most.toFixed(1)} | from ${predicted.least.toFixed(1)} |`);
  console.log(
    `with nothing else running, an exchange of 512 bytes takes ${link.latency.toFixed(3)} ms; gradients ${(link.bandwidth / 1e3).toFixed(0)} MB/s`,
  );
  console.log(
    `ratio ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}), ${rounds} rounds`,
  );
  const result = { benchmark: "scaling", ...options, one, several, apart, ratio, waits, link, predicted };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}

function row(name: string, { median, min, max }: Spread): string {
  return `| ${name} | ${median.toFixed(1)} | ${min.toFixed(1)} to ${max.toFixed(1)} |`;
}

/** What the model needs, from ranks that trained apart. */
function modelOf(apart: readonly RankTimes[], { ranks }: JobOptions): { parts: StepParts; link: Link } {
  const median = (of: (times: RankTimes) => number) => spreadOf(apart.map(of)).median;
  const parts = { ...apart[0]!.parts, compute: median(({ step }) => step) };
  const bandwidth = (((2 * (ranks - 1)) / ranks) * parts.gradientBytes) / median(({ link }) => link!.gradients);
  return { parts, link: { bandwidth, latency: median(({ link }) => link!.latency) } };
}

/** Starts this program again: alone, or under an mpiexec. */
function timesOf({ ranks, launcher = boundLauncher(), ...options }: JobOptions, how: "one" | "together" | "apart") {
  const settings = { ...options, threads: how === "one" ? ranks : 1, together: how !== "apart" } satisfies RankSettings;
  const program = [process.execPath, process.argv[1]!, "scaling-rank", JSON.stringify(settings)];
  const [command, ...args] =
    how === "one" ? (program as [string, ...string[]]) : [...launcher.split(" "), "-n", String(ranks), ...program];
  return JSON.parse(execFileSync(command!, args, { encoding: "utf8" })) as RankTimes;
}

/** Ranks of one thread that the system moves from core to core get into each other's way. */
function boundLauncher(): string {
  const versionOf = (command: string) => spawnSync(command, ["--version"], { encoding: "utf8" }).stdout ?? "";
  // Debian's name where both families are installed; Open MPI's refuses to run for root.
  const command = versionOf("mpiexec.mpich") === "" ? "mpiexec" : "mpiexec.mpich";
  return `${command} ${/HYDRA/.test(versionOf(command)) ? "-bind-to" : "--bind-to"} core`;
}
