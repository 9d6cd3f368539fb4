import { extractArchive } from "@tessera/data/node";
import { Command } from "commander";
import { DownloadBars } from "../download-bars.ts";
import { say } from "../voice.ts";

interface ExtractCommandOptions {
  readonly dir?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `tessera extract <archive>`. */
export function extractCommand(): Command {
  return new Command("extract")
    .description("unpack a .tar.gz to a folder, whole or not at all")
    .argument("<archive>", "the .tar.gz or .tgz")
    .option("--dir <folder>", "where its folder goes (default: beside the archive)")
    .option("--force", "replace the folder where it is there")
    .option("--json", "as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(run);
}

const examples = `
Examples:
  tessera extract data/cifar-100-python.tar.gz
  tessera extract data/17flowers.tgz --dir data/flowers17 --force

The folder appears under its name once everything is written; an extraction that was stopped leaves nothing that could
be taken for a whole one. Members that would leave the folder, links, devices and pipes are refused by name.`;

async function run(archive: string, { dir, force = false, json }: ExtractCommandOptions): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.on("SIGINT", onInterrupt);
  const bars = new DownloadBars();
  try {
    const { folder, entries, present } = await extractArchive(archive, {
      ...(dir !== undefined && { dir }),
      ...{ force, signal: stop.signal, onNote: say },
      onProgress: ({ bytes, total }) => bars.show({ title: "extracting", unit: "bytes", done: bytes, total }),
    });
    bars.stop();
    if (json) console.log(JSON.stringify({ folder, entries, present }, null, 2));
    else if (!present) console.log(`${entries} members of ${archive} are in ${folder}`);
  } catch (error) {
    bars.stop();
    if (!stop.signal.aborted) throw error;
    say("stopped; nothing of the archive is left: the same command begins again");
    process.exitCode = 130;
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}
