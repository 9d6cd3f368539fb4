/** @file Whether a run is being trained now: what its process writes into the folder, and what others make of it. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { hostname, uptime } from "node:os";
import { join } from "node:path";
import type { Callback } from "@tessera/nn";
import { RUNNING_FILE, type RunFolder } from "../run-folder.ts";

/** What a run is: in training, done with its test, ended before, or weights that came from elsewhere. */
export type RunState = "running" | "finished" | "stopped" | "imported";

/** How far an epoch in progress is. */
export interface RunProgress {
  readonly epoch: number;
  readonly images: number;
  readonly imagesPerEpoch: number;
  readonly imagesPerSecond: number;
  readonly loss: number;
}

/** What the file says. */
interface RunningFile {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970 at which this was written. */
  readonly since: number;
  readonly progress?: RunProgress;
}

/** Milliseconds between two writings. */
const writeEvery = 1000;

/** Says that this process trains the run, until what it returns is called, or the process is gone. */
export function markRunning(folder: RunFolder): () => void {
  folder.writeJson(RUNNING_FILE, mark());
  return () => rmSync(folder.file(RUNNING_FILE), { force: true });
}

/** Says how far the epoch is, once a second. */
export function progressMark(folder: RunFolder, imagesPerEpoch: number): Callback {
  let last = 0;
  return {
    name: "progress mark",
    onBatchEnd({ epoch, examples, imagesPerSecond, means }) {
      if (performance.now() - last < writeEvery) return;
      last = performance.now();
      const progress: RunProgress = { epoch, images: examples, imagesPerEpoch, imagesPerSecond, loss: means.loss };
      folder.writeJson(RUNNING_FILE, { ...mark(), progress });
    },
  };
}

function mark(): RunningFile {
  return { pid: process.pid, host: hostname(), since: Date.now() };
}

/** What is known of a folder with a `config.json`. */
export function runState(path: string, imported: boolean): { state: RunState; progress?: RunProgress } {
  const running = readRunning(join(path, RUNNING_FILE));
  if (running && isAlive(running)) {
    return { state: "running", ...(running.progress && { progress: running.progress }) };
  }
  if (existsSync(join(path, "test.json"))) return { state: "finished" };
  return { state: imported ? "imported" : "stopped" };
}

function readRunning(path: string): RunningFile | null {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null; // there is none, or it was removed at this moment
  }
}

/** A process of another machine cannot be asked, and is believed. One from before the start of this machine is gone. */
function isAlive({ pid, host, since }: RunningFile): boolean {
  if (host !== hostname()) return true;
  if (since < Date.now() - uptime() * 1000) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it is there, and somebody else's
  }
}
