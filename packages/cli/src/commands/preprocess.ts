import { type CodecChoice, DataError } from "@tessera/data";
import {
  compareImageQualities,
  type Manifest,
  mergePreprocessed,
  type PreprocessConfig,
  type Preprocessed,
  preprocess,
  preprocessConfigSchema,
  readPreprocessConfig,
  type ShardShare,
  shardShare,
} from "@tessera/data/node";
import { Command, Option } from "commander";
import { interruptible } from "../interruptible.ts";
import { jpegQuality, positiveInteger, seed } from "../options.ts";
import { progressBar } from "../progress.ts";
import { say } from "../voice.ts";
import { WorkerBars } from "../worker-bars.ts";

interface PreprocessCommandOptions {
  readonly config?: string;
  readonly workers?: number;
  readonly codec?: CodecChoice;
  readonly resume: boolean;
  readonly retryFailed?: boolean;
  readonly shardIndex?: number;
  readonly shardCount?: number;
  readonly json?: boolean;
}

/** `tessera preprocess`: images in class folders to shards of TFRecords. */
export function preprocessCommand(): Command {
  return withConfig(new Command("preprocess"))
    .description("scale and crop images in class folders, and store them in shards of TFRecords, on all cores")
    .addOption(workersOption())
    .option("--no-resume", "remove the folder's records and begin anew, instead of keeping finished shards")
    .option("--retry-failed", "make shards anew in which images could not be used")
    .option("--shard-index <i>", "as one of many processes, do every n-th shard from this one on", seed)
    .option("--shard-count <n>", "how many processes there are", positiveInteger)
    .option("--json", "what was made as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(run)
    .enablePositionalOptions()
    .addCommand(mergeCommand())
    .addCommand(reportCommand())
    .addCommand(schemaCommand());
}

/** What every command that reads a config takes. */
function withConfig(command: Command): Command {
  const codecs = ["auto", "sharp", "wasm", "js"];
  return command
    .option("-c, --config <file>", "JSON config")
    .addOption(
      new Option("--codec <name>", "what decodes and encodes JPEG (default: the config's, else auto)").choices(codecs),
    );
}

function workersOption(): Option {
  const description = "processes (default: the config's, else one for each core)";
  return new Option("--workers <n>", description).argParser(positiveInteger);
}

function mergeCommand(): Command {
  return withConfig(new Command("merge"))
    .description("after many processes: check that every shard is there and whole, and write the manifest")
    .option("--json", "the manifest as JSON")
    .addHelpText("after", "\nExamples:\n  tessera preprocess merge -c config.json")
    .action((_, merge: Command) => runMerge(merge.optsWithGlobals(), merge));
}

function reportCommand(): Command {
  return withConfig(new Command("report"))
    .description("sizes of a sample at several JPEG qualities, beside the source files")
    .option("--sample <n>", "images to draw", positiveInteger, 200)
    .option(
      "--quality <q...>",
      "qualities to compare, 1 to 100 (default: 70 90)",
      (text: string, all: number[] = []) => [...all, jpegQuality(text)],
    )
    .addOption(workersOption())
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tessera preprocess report -c config.json\n  tessera preprocess report -c config.json --quality 70 90 --sample 500",
    )
    .action((_, report: Command) => runReport(report.optsWithGlobals(), report));
}

function schemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON Schema of the config, for editors")
    .addHelpText("after", "\nExamples:\n  tessera preprocess schema > preprocess.schema.json")
    .action(() => console.log(JSON.stringify(preprocessConfigSchema(), null, 2)));
}

const examples = `
Examples:
  tessera preprocess -c pre_process_config.json
  tessera preprocess -c pre_process_config.json --retry-failed
  tessera preprocess -c config.json --shard-index 3 --shard-count 8
  tessera preprocess merge -c config.json
  tessera preprocess report -c config.json --quality 70 90

A config:
  { "label_map": "label_map.json", "split_number": 6000, "image_folder": "ILSVRC/", "record_path": "records/",
    "image_type": "JPEG", "crop_size": 256, "image_quality": 90, "tf_record_compression": "GZIP",
    "batch": ["val", "test", "train"] }

A run that was stopped, in whatever way, goes on with the same command: finished shards are kept. Under Slurm's array
jobs and Kubernetes' Indexed Jobs the index comes from the environment.`;

async function configOf(
  { config: path, workers, codec }: PreprocessCommandOptions,
  command: Command,
): Promise<PreprocessConfig> {
  if (path === undefined) command.error("error: required option '-c, --config <file>' not specified");
  const config = await readPreprocessConfig(path);
  return { ...config, workers: workers ?? config.workers, codec: codec ?? config.codec };
}

/** A share that there is not is bad usage, whether an option names it or the environment. */
function shareOf(options: PreprocessCommandOptions, command: Command): ShardShare | undefined {
  let share: ShardShare | undefined;
  try {
    share = shardShare(options, process.env);
  } catch (error) {
    if (error instanceof DataError) command.error(`error: ${error.message}`);
    throw error;
  }
  if (share && share.shardCount > 1 && !options.resume) {
    command.error(`error: option '--no-resume' cannot be used by one of many processes (${share.source})`);
  }
  return share;
}

async function run(options: PreprocessCommandOptions, command: Command): Promise<void> {
  const share = shareOf(options, command);
  const config = await configOf(options, command);
  if (share) say(`share ${share.shardIndex} of ${share.shardCount}, by ${share.source}`);
  await interruptible(
    async (signal) => report(await prepare(config, options, share, signal), share, options),
    () => say("stopped; finished shards are kept: the same command goes on from there"),
  );
}

async function prepare(
  config: PreprocessConfig,
  { resume, retryFailed }: PreprocessCommandOptions,
  share: ShardShare | undefined,
  signal: AbortSignal,
): Promise<Preprocessed> {
  const bars = new WorkerBars("Processing Images");
  try {
    return await preprocess(config, {
      ...{ shardIndex: share?.shardIndex, shardCount: share?.shardCount, resume, retryFailed, signal },
      onSplit: (split) => bars.say(`creating ${split} records`),
      onProgress({ shard, done, images }) {
        const made = images.done - images.before;
        bars.update(shard.index, done, shard.files.length, {
          images: made,
          share: made / (images.total - images.before),
        });
      },
    });
  } finally {
    bars.stop();
  }
}

/** Issues that are shown; the manifest and the shards' stats have all of them. */
const shown = 100;

function report(done: Preprocessed, share: ShardShare | undefined, { json, config }: PreprocessCommandOptions): void {
  for (const { reason } of done.warnings.slice(0, shown)) console.error(`warning: ${reason}`);
  for (const { file, reason } of done.failed.slice(0, shown))
    console.error(`Error processing ${file}: ${withoutName(reason, file)}`);
  const more = Math.max(0, done.failed.length - shown) + Math.max(0, done.warnings.length - shown);
  if (more > 0) console.error(`and ${more} more, which the manifest lists`);
  if (json) {
    console.log(JSON.stringify(done, null, 2));
    return;
  }
  const kept = done.shardsBefore > 0 ? ` (${done.shardsBefore} were there)` : "";
  const failed = done.failed.length > 0 ? `; ${done.failed.length} images could not be used` : "";
  const size = `${(done.bytes / 1e6).toFixed(1)} MB of ${(done.sourceBytes / 1e6).toFixed(1)} MB`;
  console.log(`${done.records} records in ${done.shards} shards${kept}, ${size}${failed}`);
  if (share) console.log(`when all ${share.shardCount} shares are done: tessera preprocess merge -c ${config}`);
}

function withoutName(reason: string, file: string): string {
  return reason.startsWith(`${file}: `) ? reason.slice(file.length + 2) : reason;
}

async function runMerge(options: PreprocessCommandOptions, command: Command): Promise<void> {
  const config = await configOf(options, command);
  let bar: ReturnType<typeof progressBar> | undefined;
  let manifest: Manifest;
  try {
    manifest = await mergePreprocessed(config, (done, total) => {
      bar ??= progressBar("checking shards", total);
      bar.update(done, `${done} of ${total}`);
    });
  } finally {
    bar?.stop();
  }
  if (options.json) {
    console.log(JSON.stringify(manifest, null, 2));
    return;
  }
  for (const [split, { records, shards, bytes, failed }] of Object.entries(manifest.splits)) {
    const lost = failed.length > 0 ? `, ${failed.length} images could not be used` : "";
    console.log(`${split}: ${records} records in ${shards.length} shards, ${(bytes / 1e6).toFixed(1)} MB${lost}`);
  }
}

interface ReportOptions extends PreprocessCommandOptions {
  readonly sample: number;
  readonly quality?: readonly number[];
}

async function runReport({ sample, quality = [70, 90], ...options }: ReportOptions, command: Command): Promise<void> {
  const config = await configOf(options, command);
  const work = async (signal: AbortSignal) => {
    let bar: ReturnType<typeof progressBar> | undefined;
    const onProgress = (done: number, total: number) => {
      bar ??= progressBar("encoding", total);
      bar.update(done, `${done} of ${total}`);
    };
    const found = await compareImageQualities(config, { sample, qualities: quality, onProgress, signal }).finally(() =>
      bar?.stop(),
    );
    for (const { reason } of found.failed) console.error(`left out: ${reason}`);
    if (options.json) {
      console.log(JSON.stringify(found, null, 2));
      return;
    }
    const { images, sourceBytes, qualities } = found;
    console.log(`${images} images, ${config.crop_size}×${config.crop_size}`);
    console.log(row("", "kB/image", "of source", "PSNR"));
    console.log(row("source", (sourceBytes / images / 1e3).toFixed(1), "100.0 %", ""));
    for (const each of qualities) {
      const share = `${(100 * each.ofSource).toFixed(1)} %`;
      console.log(row(`Q${each.quality}`, (each.bytesPerImage / 1e3).toFixed(1), share, `${each.psnr.toFixed(2)} dB`));
    }
  };
  await interruptible(work, () => console.error("stopped"));
}

function row(...[first, ...cells]: readonly [string, ...string[]]): string {
  return `${first.padEnd(8)}${cells.map((cell) => cell.padStart(12)).join("")}`.trimEnd();
}
