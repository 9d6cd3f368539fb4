import { Command, InvalidArgumentError } from "commander";
import { type DeviceOptions, withDeviceOptions } from "../device-options.ts";
import { type Evaluation, evaluateRun } from "../report/evaluate-run.ts";
import { serveLive } from "../report/live-server.ts";
import { notMeasured } from "../report/not-measured.ts";
import { pageHtml } from "../report/page.ts";
import { readRun } from "../report/run-facts.ts";
import { summarizeRun } from "../report/summarize-run.ts";

interface WatchOptions extends DeviceOptions {
  readonly port: number;
  readonly evaluate: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  tessera watch runs/first
  tessera watch runs/first --no-evaluate --json

The page is the one of tessera report, and follows the run's folder: what is new appears in place. Once the run is finished
the test set is measured, for confusions, classes and images. The server listens on 127.0.0.1 alone; Ctrl-C ends it,
with exit code 0, and the run goes on.`;

/** `tessera watch <run>`: the report of a run while it is trained. */
export function watchCommand(): Command {
  const command = new Command("watch")
    .description("serve a run's report to a browser on this machine, live while it is trained")
    .argument("<run>", "folder that tessera train writes")
    .option("--port <n>", "port on 127.0.0.1; 0 takes one that is free", portNumber, 0)
    .option("--no-evaluate", "do not measure the test set when the run is finished")
    .option("--json", "the page's address as JSON")
    .addHelpText("after", examples);
  return withDeviceOptions(command).action(watch);
}

function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 65536) return value;
  throw new InvalidArgumentError("expected a whole number from 0 to 65535");
}

async function watch(path: string, options: WatchOptions): Promise<void> {
  const summary = await summarizeRun(readRun(path));
  const measured = new MeasuredOnce(path, options);
  const page = async () => {
    const facts = readRun(path);
    return pageHtml({ facts, summary, evaluation: await measured.when(facts.state === "finished"), live: true });
  };
  // More than once: npx hands the Ctrl-C of a terminal on to a process that has had it already.
  const interrupted = new Promise<void>((done) => process.on("SIGINT", done));
  const server = await serveLive({ path, page, port: options.port });
  console.log(options.json ? JSON.stringify({ run: path, url: server.url }) : `${server.url}\nCtrl-C ends the server`);
  await interrupted;
  server.close();
}

/** The test set is measured once, when a run is finished; anew after it was resumed. */
class MeasuredOnce {
  #evaluation: Promise<Evaluation | string> | null = null;

  constructor(
    private readonly path: string,
    private readonly options: WatchOptions,
  ) {}

  async when(finished: boolean): Promise<Evaluation | string> {
    if (!this.options.evaluate) return "The test set is not measured for this page (--no-evaluate).";
    if (!finished) {
      this.#evaluation = null;
      return "Confusions, classes and images come when the run is finished.";
    }
    this.#evaluation ??= evaluateRun(this.path, this.options).catch(notMeasured);
    return this.#evaluation;
  }
}
