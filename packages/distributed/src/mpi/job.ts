/** @file A process's part in an MPI job. Runs in one thread, which calls MPI and nothing else does. */
import { DistributedError } from "../errors.ts";
import type { MpiLibrary } from "./library.ts";

/** MPI_THREAD_FUNNELED: there are other threads, and they don't call MPI. */
const funneled = 1;

/** Milliseconds of polling before the thread naps between looks: ranks that are about to come are met without delay. */
export const arrivalSpin = 0.2;
/** The same for transfers, which move on only when they are looked at. More ranks than cores need the naps there, too. */
export const transferSpin = 2;
/** Naps get longer up to this, which is what a rank that waits for long may come late. */
const longestNap = 0.5;
/** How often a rank that waits looks whether its launcher is still there. */
const lookMilliseconds = 1000;

/** How long to wait for other ranks, and who may end it. */
export interface Patience {
  readonly timeoutSeconds: number;
  /** See `Setup`. */
  readonly control: Int32Array;
}

/** An initialized MPI. */
export class MpiJob {
  readonly mpi: MpiLibrary;
  readonly rank: number;
  readonly size: number;
  readonly #patience: Patience;
  readonly #flag = new Int32Array(1);
  readonly #status = new Uint8Array(64);
  readonly #parent = process.ppid;
  /** Holds on to the arrays that MPI works on, which the garbage collector could not know of. */
  protected running: unknown = null;

  constructor(mpi: MpiLibrary, patience: Patience) {
    this.mpi = mpi;
    this.#patience = patience;
    const { world, errorsReturn } = mpi.handles;
    const word = new Int32Array(1);
    this.check("MPI_Init_thread", mpi.initThread(null, null, funneled, word));
    if (word[0]! < funneled) throw new DistributedError(`MPI: ${mpi.version} was built without support for threads`);
    // So that an error is thrown here, with the call's name; MPI would end the process.
    this.check("MPI_Comm_set_errhandler", mpi.setErrorHandler(world, errorsReturn));
    this.check("MPI_Comm_rank", mpi.rank(world, word));
    this.rank = word[0]!;
    this.check("MPI_Comm_size", mpi.size(world, word));
    this.size = word[0]!;
  }

  /** @throws DistributedError with MPI's own words where a call failed */
  check(call: string, code: number): void {
    if (code === 0) return;
    const [text, length] = [new Uint8Array(8192), new Int32Array(1)];
    const known = this.mpi.errorString(code, text, length) === 0;
    const words = known ? new TextDecoder().decode(text.subarray(0, length[0])).replace(/\s+/g, " ") : `error ${code}`;
    throw new DistributedError(`${call} failed: ${words.trim()}`);
  }

  /**
   * Begins a call and waits until it is done. A rank that waits for others uses next to no processor time, notices that
   * the job is to end, and gives up after the time limit.
   *
   * @param what the communicator's call, for errors
   * @param call MPI's name of it
   * @param begin what passes the request; the arrays that it names stay where they are until the call is done
   */
  finish(what: string, call: string, spin: number, begin: (request: Uint8Array) => number): void {
    this.#abortIfAsked();
    this.running = begin;
    const request = new Uint8Array(8);
    this.check(call, begin(request));
    const start = performance.now();
    let [nap, look] = [0.02, lookMilliseconds];
    for (;;) {
      this.check(call, this.mpi.test(request, this.#flag, this.#status));
      if (this.#flag[0] !== 0) break;
      this.#abortIfAsked();
      const waited = performance.now() - start;
      if (waited < spin) continue;
      if (waited > look) {
        this.#giveUp(what, waited);
        look += lookMilliseconds;
      }
      Atomics.wait(this.#patience.control, 0, 0, nap);
      nap = Math.min(nap * 1.2, longestNap);
    }
    this.running = null;
  }

  finalize(): void {
    this.check("MPI_Finalize", this.mpi.finalize());
  }

  #abortIfAsked(): void {
    const asked = Atomics.load(this.#patience.control, 0);
    if (asked !== 0) this.mpi.abort(this.mpi.handles.world, asked - 1);
  }

  #giveUp(what: string, waited: number): void {
    if (process.ppid !== this.#parent) {
      throw new DistributedError(`${what}: the launcher of this job is gone, and other ranks may be`);
    }
    const { timeoutSeconds } = this.#patience;
    if (waited < timeoutSeconds * 1000) return;
    throw new DistributedError(`${what}: waited ${timeoutSeconds} s for the other ranks`);
  }
}
