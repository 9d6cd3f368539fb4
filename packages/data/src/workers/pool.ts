/** @file Child processes that work on images. Threads of one process would share its allocator, and gain little. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import Tinypool from "tinypool";
import { checkInteger } from "../arguments.ts";
import type { compareQualities, cropImages, measureImages, prepareImages } from "./image-worker.ts";

/** What the processes can do, by name. */
interface Functions {
  readonly prepareImages: typeof prepareImages;
  readonly measureImages: typeof measureImages;
  readonly compareQualities: typeof compareQualities;
  readonly cropImages: typeof cropImages;
}

/** A worker process ended in the middle of a task: killed, or its decoder crashed. */
export class WorkerEnded extends Error {
  override readonly name = "WorkerEnded";
}

/** Processes that live until {@link close}. */
export class WorkerPool {
  readonly workers: number;
  readonly #pool: Tinypool;

  /** @param workers processes. Default: one for each core that this process may use. */
  constructor(workers: number = availableParallelism()) {
    checkInteger("workers", workers, 1, 1024);
    this.workers = workers;
    this.#pool = new Tinypool({
      filename: workerScript(),
      runtime: "child_process",
      serialization: "advanced",
      minThreads: 0,
      maxThreads: workers,
      idleTimeout: 60_000,
      env: Object.fromEntries(
        Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
      execArgv: [],
    });
    // A process that ends between two tasks is replaced when the next one comes.
    this.#pool.on("error", () => undefined);
  }

  /** @throws WorkerEnded when the process did not live to answer */
  async run<Name extends keyof Functions>(
    name: Name,
    task: Parameters<Functions[Name]>[0],
  ): Promise<Awaited<ReturnType<Functions[Name]>>> {
    try {
      return await this.#pool.run(task, { name });
    } catch (error) {
      if (error instanceof Error && error.message === "Worker exited unexpectedly") {
        throw new WorkerEnded("a worker process ended unexpectedly", { cause: error });
      }
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** Node 20 runs no TypeScript: where this file runs as its source, the built worker is taken. */
function workerScript(): string {
  const beside = import.meta.url.endsWith(".ts") ? "../../dist/image-worker.js" : "./image-worker.js";
  return fileURLToPath(new URL(beside, import.meta.url));
}
