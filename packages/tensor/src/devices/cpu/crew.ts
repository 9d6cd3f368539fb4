/** @file The worker threads of a device, as one. */
import { DeviceError } from "../../errors.ts";
import { startWorker, type WorkerHandle } from "./platform.ts";
import type { WorkerSetup } from "./worker.ts";

/** What a crew tells. */
export interface CrewListener {
  /** The command that was waited for is done. */
  progress(): void;
  /** A worker ended, after all had started. */
  failure(reason: unknown): void;
}

/** Worker threads that run the same commands. */
export class Crew {
  readonly #workers: readonly WorkerHandle[];

  private constructor(workers: readonly WorkerHandle[]) {
    this.#workers = workers;
  }

  /** Starts the workers, and waits until each can take commands. They do not keep the process alive. */
  static async start(setup: Omit<WorkerSetup, "thread">, listener: CrewListener): Promise<Crew> {
    const workers: WorkerHandle[] = [];
    const crew = new Crew(workers);
    const ready = Array.from({ length: setup.threads }, (_, thread) => {
      return new Promise<void>((resolve, reject) => {
        const message = (kind: "ready" | "progress") => (kind === "ready" ? resolve() : listener.progress());
        const failure = (reason: unknown) => {
          reject(reason);
          listener.failure(reason);
        };
        workers.push(startWorker({ ...setup, thread }, { message, failure }));
      });
    });
    try {
      await Promise.all(ready);
    } catch (cause) {
      await crew.terminate();
      throw new DeviceError("cpu: a worker thread did not start", { cause });
    }
    for (const worker of workers) worker.keepAlive(false);
    return crew;
  }

  /** Whether the process may not exit now. One worker is enough to hold it. */
  keepAlive(alive: boolean): void {
    this.#workers[0]!.keepAlive(alive);
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
