/** @file PyTorch as a peer: a Python process that times rounds when asked. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../peers/pytorch_cnn.py", import.meta.url));

/** A running PyTorch. */
export class PyTorch {
  readonly version: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(process: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>, version: string) {
    this.#process = process;
    this.#lines = lines;
    this.version = version;
  }

  /** Starts PyTorch, or gives the reason why it is not there. Debian's own Python is asked first. */
  static async start(batch: number, classes: number, threads: number): Promise<PyTorch | string> {
    let reason = "";
    for (const python of ["/usr/bin/python3", "python3"]) {
      const child = spawn(python, [script, String(batch), String(classes), String(threads)]);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      child.stderr.on("data", (text: Buffer) => {
        reason = text.toString().trim().split("\n").at(-1) ?? "";
      });
      child.on("error", (error) => {
        reason = error.message;
      });
      const first = await lines.next();
      if (!first.done) return new PyTorch(child, lines, (JSON.parse(first.value) as { version: string }).version);
    }
    return reason;
  }

  /** Seconds of each of `steps` training steps. */
  async round(steps: number): Promise<number[]> {
    this.#process.stdin.write(`${steps}\n`);
    const line = await this.#lines.next();
    if (line.done) throw new Error("PyTorch ended before it answered");
    return JSON.parse(line.value) as number[];
  }

  stop(): void {
    this.#process.stdin.end();
  }
}
