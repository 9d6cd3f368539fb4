import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { benchAllreduce } from "./allreduce.ts";
import { epochRecords } from "./commands/epoch.ts";
import { kernelRecords } from "./commands/kernels.ts";
import { benchLoad } from "./commands/load.ts";
import type { BenchOptions } from "./commands/options.ts";
import { benchPipeline } from "./commands/pipeline.ts";
import { benchPreprocess } from "./commands/preprocess.ts";
import { benchRecords } from "./commands/records.ts";
import { type Job, runJobs } from "./commands/session.ts";
import { stepRecords } from "./commands/step.ts";
import { benchJavascriptTime } from "./javascript-time.ts";
import { networkNames } from "./kernels/list.ts";
import { benchProfile } from "./profile.ts";
import { benchScaling } from "./scaling.ts";
import { benchScalingModel } from "./scaling-machines.ts";
import { scalingRank } from "./scaling-rank.ts";
import { networks } from "./steps/networks.ts";

function positiveNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("expected a number above 0");
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number of at least 1");
  return value;
}

/** The end of a command's help. */
function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  npm run bench -- ${line}`).join("\n")}`;
}

/** A command's action; quick runs have no peers. */
function run(...jobs: readonly Job[]): (options: BenchOptions) => Promise<void> {
  return (options) => runJobs(jobs, { ...options, peers: options.peers && !options.quick });
}

const program = new Command("bench")
  .description("Times the engine, beside other engines where they are installed.")
  // Before the commands, which take it over.
  .exitOverride();

/** Options of what runs on a device. */
function onDevice(command: Command): Command {
  return command
    .addOption(new Option("--device <device>", "which").choices(["auto", "cpu", "webgpu"]).default("auto"))
    .option("--threads <n>", "worker threads of the cpu device, and of peers", positiveInteger)
    .option("--batch-size <n>", "images in a step", positiveInteger, 32)
    .option("--rounds <n>", "rounds, the engines taking turns", positiveInteger)
    .addOption(new Option("--networks <name...>", "which").choices(networkNames).default(networkNames))
    .option("--plain-simd", "the cpu build without relaxed SIMD")
    .option("--no-winograd", "convolutions of the cpu device the plain way")
    .option("--quick", "few short rounds and no peers: within two minutes on two cores")
    .option("--json <file>", "also write the figures to a file")
    .option("--out <folder>", "also write results.md and results.html, a page with charts");
}

/** Options of what has peers. */
function besidePeers(command: Command): Command {
  return onDevice(command)
    .option("--steps <n>", "steps in a round, and of an epoch", positiveInteger)
    .option("--no-peers", "leave the other engines out")
    .option("--peer-seconds <n>", "most that a peer may take to start, and for a round", positiveInteger, 300);
}

onDevice(program.command("kernels"))
  .description("kernels at the shapes of the networks, each result compared with float64, beside the device's peak")
  .addHelpText("after", examples("kernels --device cpu", "kernels --networks cnn --quick --json kernels.json"))
  .action(run(kernelRecords));

besidePeers(program.command("step"))
  .description("training steps of networks: forward, backward and Adam; the small CNN beside other engines")
  .addHelpText("after", examples("step --device cpu --networks cnn", "step --device webgpu --batch-size 2 --steps 1"))
  .action(run(stepRecords));

onDevice(program.command("epoch"))
  .description("an epoch of CIFAR's size, end to end: shuffled and augmented batches, training steps, validation")
  .option("--steps <n>", "steps instead of a whole epoch", positiveInteger)
  .addHelpText("after", examples("epoch --device cpu --steps 200", "epoch --device webgpu --batch-size 2 --steps 2"))
  .action(run(epochRecords));

besidePeers(program.command("all"))
  .description("kernels, steps and epoch, one after the other")
  .addHelpText("after", examples("all --device cpu --out results", "all --quick --json quick.json"))
  .action(run(kernelRecords, stepRecords, epochRecords));

program
  .command("javascript")
  .description("the JavaScript of a training step of the small CNN alone: what the main thread does to enqueue it")
  .addOption(
    new Option("--device <device>", "null (webgpu with nothing carried out), webgpu or cpu")
      .choices(["null", "webgpu", "cpu"])
      .default("null"),
  )
  .option("--batch-size <n>", "images in a step", positiveInteger, 32)
  .option("--steps <n>", "steps to time, after some to warm up", positiveInteger, 300)
  .option("--json <file>", "also write the figures to a file")
  .action(benchJavascriptTime);

program
  .command("profile")
  .description("where the time of training steps of the small CNN goes, kernel by kernel, beside the device's peak")
  .option("--device <device>", "auto, cpu or webgpu", "auto")
  .option("--threads <n>", "worker threads of the cpu device", positiveInteger)
  .option("--batch-size <n>", "images in a step", positiveInteger, 32)
  .option("--steps <n>", "steps to profile, after two to warm up", positiveInteger, 5)
  .option("--json <file>", "also write the profile to a file")
  .action(benchProfile);

program
  .command("records")
  .description("reading and writing TFRecord files, beside the same bytes read and written by Node alone")
  .option("--records <n>", "records in the file", positiveInteger, 20_000)
  .option("--record-bytes <n>", "bytes in a record", positiveInteger, 30_000)
  .option("--rounds <n>", "rounds, the jobs taking turns", positiveInteger, 5)
  .option("--dir <folder>", "where to write the file (default: the folder for temporary files)")
  .option("--json <file>", "also write the figures to a file")
  .action(benchRecords);

program
  .command("pipeline")
  .description("an epoch of shuffled, augmented batches of CIFAR's size on the host: images a second")
  .option("--images <n>", "images in the set", positiveInteger, 50_000)
  .option("--batch-size <n>", "images in a batch", positiveInteger, 128)
  .option("--epochs <n>", "epochs to time, after one to warm up", positiveInteger, 5)
  .option("--json <file>", "also write the figures to a file")
  .action(benchPipeline);

program
  .command("load")
  .description("CIFAR-100 from its archive to arrays, beside Python's tarfile and pickle")
  .argument("<archive>", "cifar-100-python.tar.gz")
  .option("--rounds <n>", "rounds, the two taking turns, each in a process of its own", positiveInteger, 5)
  .option("--no-peers", "leave Python out")
  .option("--json <file>", "also write the figures to a file")
  .action(benchLoad);

program
  .command("preprocess")
  .description("photographs to records: decode, scale, crop, encode, write; beside OpenCV in Python")
  .option(
    "--images <folder>",
    "photographs, taken over and over",
    join(process.env.TESSERA_DATA ?? "../shared/data", "imagenet-100"),
  )
  .option("--count <n>", "images in a round", positiveInteger, 2000)
  .option("--workers <n...>", "processes to try", (text: string, all: number[] = []) => [...all, positiveInteger(text)])
  .option("--rounds <n>", "rounds, the two taking turns", positiveInteger, 3)
  .option("--no-peers", "leave OpenCV out")
  .option("--json <file>", "also write the figures to a file")
  .action(({ workers = [1, 2], ...options }) => benchPreprocess({ workers, ...options }));

program
  .command("allreduce")
  .description("all-reduce between ranks; start it as mpiexec -n 2 node apps/bench/dist/main.js allreduce")
  .option("--sizes <MiB...>", "mebibytes of a message (default: 1 4 25 100)", (text: string, all: number[] = []) => [
    ...all,
    positiveInteger(text),
  ])
  .option("--rounds <n>", "rounds of each size", positiveInteger, 7)
  .option("--json <file>", "also write the figures to a file")
  .action(({ sizes = [1, 4, 25, 100], ...options }) => benchAllreduce({ sizes, ...options }));

program
  .command("scaling")
  .description(
    "training steps by MPI ranks of one thread, beside one process of as many threads, and what a model says",
  )
  .addOption(new Option("--network <name>", "what is trained").choices(Object.keys(networks)).default("cnn"))
  .option("--ranks <n>", "ranks, and threads of the one process", positiveInteger, 2)
  .option("--batch-size <n>", "images in a step, of all ranks", positiveInteger, 64)
  .option("--steps <n>", "steps in a round", positiveInteger, 20)
  .option("--rounds <n>", "rounds, the two taking turns", positiveInteger, 5)
  .option("--launcher <command>", "what starts ranks (default: mpiexec.mpich or mpiexec, each rank bound to a core)")
  .addOption(
    new Option("--batch-norm <which>", "whose statistics").choices(["synchronised", "perRank"]).default("synchronised"),
  )
  .option(
    "--exchange <ms>",
    "of a few bytes while ranks train, for the prediction (default: measured at rest)",
    positiveNumber,
  )
  .option("--json <file>", "also write the figures to a file")
  .action(benchScaling);

program
  .command("scaling-model")
  .description("what steps would take on several machines like this one, from steps timed here and a network's figures")
  .addOption(
    new Option("--networks <names...>", "what is trained")
      .choices(Object.keys(networks))
      .default(["cnn", "resnet18", "elu18"]),
  )
  .option("--batch-size <n>", "images in a step, of all machines", positiveInteger, 512)
  .option("--gigabits <n>", "gigabits a second between machines", positiveInteger, 10)
  .option("--microseconds <n>", "of an exchange of a few bytes between two machines that train", positiveInteger, 500)
  .option("--steps <n>", "steps timed for each batch", positiveInteger, 3)
  .action(benchScalingModel);

program.command("scaling-rank", { hidden: true }).argument("<settings>").action(scalingRank);

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said what is wrong with the usage, or has shown the help.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(`bench: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
