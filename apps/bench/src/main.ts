import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { benchJavascriptTime } from "./javascript-time.ts";
import { benchLoad } from "./load.ts";
import { benchPipeline } from "./pipeline.ts";
import { benchPreprocess } from "./preprocess.ts";
import { benchProfile } from "./profile.ts";
import { benchRecords } from "./records.ts";
import { benchStep } from "./step.ts";

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("expected a whole number of at least 1");
  return value;
}

const program = new Command("bench").description("Times the engine, beside other engines where they are installed.");

program
  .command("step")
  .description("a training step of the small CNN: forward, backward and Adam")
  .option("--device <device>", "auto, cpu or webgpu", "auto")
  .option("--threads <n>", "worker threads of the cpu device, and of PyTorch", positiveInteger)
  .option("--batch-size <n>", "images in a step", positiveInteger, 32)
  .option("--steps <n>", "steps in a round", positiveInteger, 10)
  .option("--rounds <n>", "rounds, the engines taking turns", positiveInteger, 5)
  .option("--no-peers", "leave the other engines out")
  .option("--plain-simd", "the cpu build without relaxed SIMD")
  .option("--no-winograd", "convolutions of the cpu device the plain way")
  .option("--json <file>", "also write the figures to a file")
  .action(benchStep);

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

await program.parseAsync();
