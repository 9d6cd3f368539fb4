/** @file A Python process as a peer: it times rounds when asked. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A running peer. Its script's first line is `{"version": …}`; then it answers each line with a line of JSON. */
export class PythonPeer {
  readonly version: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(process: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>, version: string) {
    this.#process = process;
    this.#lines = lines;
    this.version = version;
  }

  /** Starts a script of `peers/`, or gives the reason why it does not run. Debian's own Python is asked first. */
  static async start(name: string, args: readonly (string | number)[]): Promise<PythonPeer | string> {
    const script = fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
    let reason = "";
    for (const python of ["/usr/bin/python3", "python3"]) {
      const child = spawn(python, [script, ...args.map(String)]);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      child.stderr.on("data", (text: Buffer) => {
        reason = text.toString().trim().split("\n").at(-1) ?? "";
      });
      child.on("error", (error) => {
        reason = error.message;
      });
      const first = await lines.next();
      if (!first.done) return new PythonPeer(child, lines, (JSON.parse(first.value) as { version: string }).version);
    }
    return reason;
  }

  async ask<Answer>(question: string): Promise<Answer> {
    this.#process.stdin.write(`${question}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error("the peer ended before it answered");
    return JSON.parse(line.value) as Answer;
  }

  stop(): void {
    this.#process.stdin.end();
  }
}
