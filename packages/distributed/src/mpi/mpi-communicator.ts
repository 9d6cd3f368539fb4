import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { checkBroadcast, checkGather, checkReduce } from "../arguments.ts";
import type { Communicator, NumberArray, Reduction } from "../communicator.ts";
import { DistributedError } from "../errors.ts";
import { MpiThread } from "./mpi-thread.ts";
import type { Call, Setup } from "./protocol.ts";

/** How long the MPI thread has to end or to leave the job, before this process ends itself, and the launcher the others. */
const abortMilliseconds = 10_000;

/** How long the launcher has to pass the last line on: one that is ending a job drops what it has not read yet. */
const passOnMilliseconds = 250;

/** A job over MPI. */
export class MpiCommunicator implements Communicator {
  readonly rank: number;
  readonly size: number;
  readonly library: string;
  readonly #thread: MpiThread;
  readonly #control: Int32Array;
  #closed = false;

  private constructor(thread: MpiThread, control: Int32Array, rank: number, size: number, library: string) {
    [this.rank, this.size, this.library] = [rank, size, library];
    this.#thread = thread;
    this.#control = control;
    process.on("uncaughtExceptionMonitor", this.#nameRank);
    process.on("exit", this.#endJob);
  }

  static async open(options: Omit<Setup, "control">): Promise<MpiCommunicator> {
    tameUcx();
    const control = new Int32Array(new SharedArrayBuffer(4));
    const thread = new MpiThread({ ...options, control });
    try {
      const opened = await thread.ask();
      if (opened.kind !== "open") throw new DistributedError("MPI: its thread did not open");
      return new MpiCommunicator(thread, control, opened.rank, opened.size, opened.library);
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }

  async allReduce(values: NumberArray, reduction: Reduction = "sum"): Promise<void> {
    checkReduce(values, reduction);
    const mean = reduction === "mean";
    await this.#inPlace(values, (shared) => this.#call({ kind: "allReduce", values: shared, mean }));
  }

  async broadcast(values: NumberArray | Uint8Array, root = 0): Promise<void> {
    checkBroadcast(values, root, this.size);
    await this.#inPlace(values, (shared) => this.#call({ kind: "broadcast", bytes: bytesOf(shared), root }));
  }

  async allGather<Values extends NumberArray | Uint8Array>(values: Values, into: Values): Promise<void> {
    checkGather(values, into, this.size);
    const bytes = bytesOf(isShared(values) ? values : sharedCopy(values));
    await this.#inPlace(into, (shared) => this.#call({ kind: "allGather", bytes, into: bytesOf(shared) }));
  }

  async barrier(): Promise<void> {
    await this.#call({ kind: "barrier" });
  }

  async abort(reason: string, code = 1): Promise<never> {
    process.stderr.write(`${this.#name()}: ${reason}\n`);
    await sleep(passOnMilliseconds);
    // A thread that waits for other ranks looks at this word; one that waits for calls is woken by one.
    Atomics.store(this.#control, 0, 1 + code);
    Atomics.notify(this.#control, 0);
    this.#call({ kind: "barrier" }).catch(() => undefined);
    return new Promise<never>(() => setTimeout(() => process.kill(process.pid, "SIGKILL"), abortMilliseconds));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const leaving = this.#call({ kind: "leave" });
    this.#closed = true;
    await leaving;
    await this.#withinTime(this.#thread.ask({ kind: "close" }));
    process.off("uncaughtExceptionMonitor", this.#nameRank);
    process.off("exit", this.#endJob);
    // The thread stays, idle, as long as the process: libraries of MPI are not made to be unloaded.
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Ends the process where MPI does not let go of it: MPI_Finalize polls for ever where another rank's machine or network
   * is gone, and nothing but a signal ends a thread in it.
   */
  async #withinTime(closing: Promise<unknown>): Promise<void> {
    let left = false;
    const timer = setTimeout(async () => {
      // An answer may be there that this thread was too busy to take.
      await sleep(1);
      if (left) return;
      process.stderr.write(`${this.#name()}: MPI_Finalize has not returned; the process is ended\n`);
      process.kill(process.pid, "SIGKILL");
    }, abortMilliseconds);
    try {
      await closing;
    } finally {
      left = true;
      clearTimeout(timer);
    }
  }

  async #call(call: Call): Promise<void> {
    if (this.#closed) throw new DistributedError(`${call.kind}: the communicator is closed`);
    await this.#thread.ask(call);
  }

  /** Lets `use` change the array itself if it is shared, else a copy which is copied back. */
  async #inPlace<Values extends NumberArray | Uint8Array>(
    values: Values,
    use: (shared: Values) => Promise<void>,
  ): Promise<void> {
    if (isShared(values)) return use(values);
    const shared = sharedCopy(values);
    await use(shared);
    values.set(shared);
  }

  #name(): string {
    return `rank ${this.rank} of ${this.size} (${hostname()}, process ${process.pid})`;
  }

  /** Many ranks write to one terminal: before an error that ends the process, its rank. */
  readonly #nameRank = () => {
    process.stderr.write(`${this.#name()} fails:\n`);
  };

  /** Launchers end a job when a rank fails. Not all of them do when one just leaves; so it fails. */
  readonly #endJob = (code: number) => {
    process.stderr.write(`${this.#name()} ended with exit code ${code}, before close()\n`);
    if (code === 0) process.exitCode = 1;
  };
}

/**
 * UCX, on which both families may send, takes over the handlers of SIGSEGV and the like, of which V8 has its own, and
 * rewrites the allocator's calls while other threads run (openucx/ucx#4870, #3831). It reads the process's environment
 * when it is loaded; what is set there already stays.
 */
function tameUcx(): void {
  process.env.UCX_ERROR_SIGNALS ??= "";
  process.env.UCX_MEM_EVENTS ??= "n";
}

function isShared({ buffer }: ArrayBufferView): boolean {
  return buffer instanceof SharedArrayBuffer;
}

function sharedCopy<Values extends NumberArray | Uint8Array>(values: Values): Values {
  const type = values.constructor as new (buffer: SharedArrayBuffer) => Values;
  const copy = new type(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
