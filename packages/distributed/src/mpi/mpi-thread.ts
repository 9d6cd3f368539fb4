/** @file The MPI thread as the main thread sees it: calls go in, answers come out in the same order. */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { DistributedError, MissingMpiError } from "../errors.ts";
import type { Answer, Call, Failure, Setup } from "./protocol.ts";

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Keeps the process alive only while somebody waits for an answer. */
export class MpiThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #ended: Error | null = null;

  constructor(setup: Setup) {
    this.#worker = new Worker(workerScript(), { workerData: setup, execArgv: [] });
    this.#worker.on("message", (answer: Answer) => this.#take(answer));
    this.#worker.on("error", (cause) => this.#end(new DistributedError("MPI: its thread failed", { cause })));
    this.#worker.on("exit", () => this.#end(new DistributedError("MPI: its thread has ended")));
  }

  /** The answer to a call; without one, the thread's first word. */
  ask(call?: Call): Promise<Answer> {
    if (this.#ended) return Promise.reject(this.#ended);
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#worker.ref();
    if (call) this.#worker.postMessage(call);
    return answer;
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(answer: Answer): void {
    const { resolve, reject } = this.#waiting.shift()!;
    if (this.#waiting.length === 0) this.#worker.unref();
    if (answer.kind === "error") reject(errorOf(answer.failure));
    else resolve(answer);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

function errorOf({ kind, sentence, hint }: Failure): DistributedError {
  const Kind = kind === "missing" ? MissingMpiError : DistributedError;
  return new Kind(sentence, hint === undefined ? {} : { hint });
}

/** Node 20 runs no TypeScript: where this file runs as its source, the built worker is taken. */
function workerScript(): string {
  const beside = import.meta.url.endsWith(".ts") ? "../../dist/mpi-worker.js" : "./mpi-worker.js";
  return fileURLToPath(new URL(beside, import.meta.url));
}
