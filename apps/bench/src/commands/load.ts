/** @file Loading CIFAR-100 from its archive, beside Python. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Spread, spreadOf, writeJson } from "../report/record.ts";

interface LoadOptions {
  readonly rounds: number;
  readonly peers: boolean;
  readonly json?: string;
}

/** One load in a process of its own. */
interface Load {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the whole process, program and all, in MiB. */
  readonly peakMegabytes: number;
  readonly version: string;
}

const run = promisify(execFile);
const python = fileURLToPath(new URL("../peers/load_cifar.py", import.meta.url));
const ours = fileURLToPath(new URL("../peers/load-cifar.mjs", import.meta.url));

async function load(command: string, script: string, archive: string): Promise<Load> {
  const { stdout } = await run(command, [script, archive]);
  return JSON.parse(stdout) as Load;
}

/** Python's own reading, or why there is none. */
async function loadPython(archive: string): Promise<Load | string> {
  let reason = "";
  for (const command of ["/usr/bin/python3", "python3"]) {
    try {
      return await load(command, python, archive);
    } catch (error) {
      reason = (error as Error).message.trim().split("\n").at(-1) ?? "";
    }
  }
  return reason;
}

/** `bench load`: each round reads the archive with both, one after the other. */
export async function benchLoad(archive: string, { rounds, peers, json }: LoadOptions): Promise<void> {
  const [mine, theirs]: [Load[], Load[]] = [[], []];
  let peer = peers;
  for (let round = 0; round < rounds; round++) {
    mine.push(await load(process.execPath, ours, archive));
    const other = peer ? await loadPython(archive) : undefined;
    if (typeof other === "string") {
      console.log(`without Python: ${other}`);
      peer = false;
    } else if (other) theirs.push(other);
  }
  const record = { benchmark: "load", archive, ...summary(mine), ...(theirs.length > 0 && { peer: summary(theirs) }) };
  console.log(line("tessera", record));
  if (record.peer) {
    const ratio = (record.seconds.median / record.peer.seconds.median).toFixed(2);
    console.log(`${line(theirs[0]!.version, record.peer)}\n${ratio} of Python's time (less is faster)`);
  }
  if (json) writeJson(json, record);
}

interface Summary {
  readonly seconds: Spread;
  readonly cpuSeconds: Spread;
  readonly peakMegabytes: Spread;
}

function summary(loads: readonly Load[]): Summary {
  const spread = (key: "seconds" | "cpuSeconds" | "peakMegabytes") => spreadOf(loads.map((each) => each[key]));
  return { seconds: spread("seconds"), cpuSeconds: spread("cpuSeconds"), peakMegabytes: spread("peakMegabytes") };
}

function line(name: string, { seconds, cpuSeconds, peakMegabytes }: Summary): string {
  const spread = `${seconds.median.toFixed(2)} s (${seconds.min.toFixed(2)} to ${seconds.max.toFixed(2)})`;
  return `${name}: ${spread}, ${cpuSeconds.median.toFixed(2)} s of CPU, peak ${peakMegabytes.median.toFixed(0)} MiB`;
}
