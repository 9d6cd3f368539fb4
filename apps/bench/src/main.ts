import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { benchPreprocess } from "./preprocess.ts";
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
  .option("--json <file>", "also write the figures to a file")
  .action(benchStep);

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
