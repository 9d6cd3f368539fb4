/** @file A process to its end, for stories. */
import type { ChildProcess } from "node:child_process";

/** What a process wrote, and how it ended. */
export interface Ended {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Gathers what a process writes.
 *
 * @param onOutput is given all of standard output so far, whenever there is more
 */
export function endOf(child: ChildProcess, onOutput: (out: string) => void = () => {}): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout!.on("data", (text: Buffer) => {
    out += text;
    onOutput(out);
  });
  child.stderr!.on("data", (text: Buffer) => {
    err += text;
  });
  return new Promise((done) => child.on("close", (code) => done({ code, out, err })));
}
