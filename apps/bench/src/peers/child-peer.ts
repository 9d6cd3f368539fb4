/** @file Another engine in a process of its own: it times rounds when asked. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a peer's script says first. */
export interface Greeting {
  readonly version: string;
}

/**
 * A running peer. Its script's first line is JSON with the `version` and whatever else it has to say; then it answers
 * each line with a line of JSON. A script that cannot do its work says why on its last line of standard error.
 */
export class ChildPeer<First extends Greeting = Greeting> {
  readonly greeting: First;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #reason: () => string;

  private constructor(
    process: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    greeting: First,
    reason: () => string,
  ) {
    this.#process = process;
    this.#lines = lines;
    this.#reason = reason;
    this.greeting = greeting;
  }

  /**
   * Starts a script of `peers/`, or gives the reason why it does not run.
   *
   * @param commands programs to try in turn
   * @param seconds the most that its first line may take
   */
  static async start<First extends Greeting>(
    commands: readonly string[],
    name: string,
    args: readonly (string | number)[],
    seconds: number = Number.POSITIVE_INFINITY,
  ): Promise<ChildPeer<First> | string> {
    const script = fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
    let reason = "";
    for (const command of commands) {
      const child = spawn(command, [script, ...args.map(String)]);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      let said = "";
      child.stderr.on("data", (text: Buffer) => {
        said += text.toString();
        reason = notInstalled(said) ?? (lastLine(said) || reason);
      });
      child.on("error", (error: NodeJS.ErrnoException) => {
        // What the first of several names said tells more than that there is no second one.
        if (error.code === "ENOENT") reason ||= `peer not installed: there is no ${command}`;
        else reason = error.message;
      });
      // A process that is gone has nobody to read a question.
      child.stdin.on("error", () => {});
      const first = await within(lines.next(), seconds);
      if (!first) {
        child.kill();
        return `it was not ready within ${seconds} s`;
      }
      if (!first.done) return new ChildPeer(child, lines, JSON.parse(first.value) as First, () => reason);
    }
    return reason || "it ended without a word";
  }

  /** Asks for a round; throws where no answer comes within so many seconds, and the peer is gone then. */
  async ask<Answer>(question: string, seconds: number = Number.POSITIVE_INFINITY): Promise<Answer> {
    this.#process.stdin.write(`${question}\n`);
    const line = await within(this.#lines.next(), seconds);
    if (!line) {
      this.#process.kill();
      throw new Error(`no answer within ${seconds} s`);
    }
    if (line.done) throw new Error(this.#reason() || "it ended before it answered");
    return JSON.parse(line.value) as Answer;
  }

  stop(): void {
    this.#process.stdin.end();
  }
}

/** Python's own names, Debian's first. */
export const pythons = ["/usr/bin/python3", "python3"] as const;

/** Which package a script says it lacks: Node's words, and Python's. `null` where it says nothing of the kind. */
export function notInstalled(said: string): string | null {
  const node = /Cannot find (?:package|module) '([^']+)'/.exec(said)?.[1];
  if (node !== undefined) return `peer not installed: the npm package ${node}`;
  const python = /ModuleNotFoundError: No module named '([^']+)'/.exec(said)?.[1];
  return python === undefined ? null : `peer not installed: Python's module ${python}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** The promise's value, or `null` after so many seconds. */
async function within<T>(promise: Promise<T>, seconds: number): Promise<T | null> {
  if (!Number.isFinite(seconds)) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), seconds * 1000);
  });
  const result = await Promise.race([promise, late]);
  clearTimeout(timer);
  return result;
}
