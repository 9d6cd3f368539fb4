/** @file The worker threads of a device, as one. */
import { DeviceError } from "../../errors.ts";
import { policyHints, startWorker, type WorkerHandle } from "./platform.ts";

/** What a crew tells. */
export interface CrewListener<Message> {
  /** Every message but `ready`. */
  message(message: Exclude<Message, "ready">): void;
  /** A worker ended, after all had started. */
  failure(reason: unknown): void;
}

/** Worker threads that run the same program. */
export class Crew {
  readonly #workers: readonly WorkerHandle[];

  private constructor(workers: readonly WorkerHandle[]) {
    this.#workers = workers;
  }

  /**
   * Starts a worker on each setup, and waits until each has sent `ready`, after which it takes commands. They do not
   * keep the process alive.
   */
  static async start<Message>(
    program: string,
    setups: readonly object[],
    listener: CrewListener<Message>,
  ): Promise<Crew> {
    const workers: WorkerHandle[] = [];
    const crew = new Crew(workers);
    const ready = setups.map((setup) => {
      return new Promise<void>((resolve, reject) => {
        const message = (content: Message) =>
          content === "ready" ? resolve() : listener.message(content as Exclude<Message, "ready">);
        const failure = (reason: unknown) => {
          reject(reason);
          listener.failure(reason);
        };
        workers.push(startWorker<Message>(program, setup, { message, failure }));
      });
    });
    try {
      await Promise.all(ready);
    } catch (cause) {
      await crew.terminate();
      throw new DeviceError("cpu: a worker thread did not start", { hints: policyHints(), cause });
    }
    for (const worker of workers) worker.keepAlive(false);
    return crew;
  }

  /** Sends a message to the only worker. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void {
    this.#workers[0]!.post(message, transfer);
  }

  /** Whether the process may not exit now. One worker is enough to hold it. */
  keepAlive(alive: boolean): void {
    this.#workers[0]!.keepAlive(alive);
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
