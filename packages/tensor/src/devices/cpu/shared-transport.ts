/** @file Commands over shared memory: the main thread writes them, N workers each run all of them side by side. */
import program from "../../../build/shared-worker.txt";
import { DeviceError } from "../../errors.ts";
import type { HostUse, Loan } from "../loan.ts";
import { profileRows } from "../profiler.ts";
import { Crew } from "./crew.ts";
import { type KernelEntry, type KernelModule, kernelEntries, kernelFailed, kernelNames } from "./module.ts";
import { CommandRing, counterStride } from "./ring.ts";
import { SharedMemory } from "./shared-memory.ts";
import { slotHeader, type WorkerMessage, type WorkerSetup } from "./shared-worker.ts";
import { Staging } from "./staging.ts";
import type { Transport } from "./transport.ts";
import { mostPages, pageBytes, tablesEnd } from "./wasm-memory.ts";

const slotCount = 1024;
const stagingBytes = 8 << 20;
const stagingStart = tablesEnd + slotCount * counterStride;
/** Largest part of an upload that one command copies: small enough to overlap with the host filling the next. */
const uploadBytes = 1 << 20;

/** Polling bridges the gaps between the commands of a step; waking a sleeping thread takes longer than this. */
const spinMilliseconds = 0.2;

/** At a barrier the others are due as soon as this one, unless there are more threads than free cores. */
const barrierMilliseconds = 0.02;
const barrierShare = 0.5;

type Command = { readonly row: number } & (
  | { readonly kernel: number; readonly args: readonly number[] }
  | { readonly address: number; readonly bytes: Uint8Array }
  | { readonly loan: Loan }
);

/** Somebody who waits for a command to be done. */
interface Fence {
  readonly command: number;
  readonly resolve: () => void;
  readonly reject: (reason: DeviceError) => void;
}

/** How to open a {@link SharedTransport}. */
export interface SharedTransportOptions {
  readonly threads: number;
  /** Most bytes that the memory may have. Default: 4 GiB. */
  readonly memoryLimit?: number;
  /** Number of the command before the first, for tests of the wrap at 2^32. Default 0. */
  readonly start?: number;
}

/** The main thread never waits: what finds no room in the ring queues in JavaScript until the workers have moved on. */
export class SharedTransport implements Transport {
  readonly threads: number;
  readonly heapStart = stagingStart + stagingBytes;
  readonly kernels: ReadonlyMap<string, KernelEntry>;
  readonly #names: readonly string[];
  readonly #memory: SharedMemory;
  readonly #ring: CommandRing;
  readonly times = new Float64Array(new SharedArrayBuffer(profileRows * 8));
  readonly #staging = new Staging(stagingStart, stagingBytes);
  readonly #copyKernel: number;
  /** In the order of their commands. */
  readonly #fences: Fence[] = [];
  #deferred: Command[] = [];
  /** Number of the last command, in the ring or deferred. */
  #enqueued: number;
  #crew: Crew | null = null;
  #closed: DeviceError | null = null;

  private constructor({ module }: KernelModule, options: SharedTransportOptions) {
    const { threads, memoryLimit = mostPages * pageBytes, start = 0 } = options;
    this.threads = threads;
    this.#memory = new SharedMemory(this.heapStart, memoryLimit);
    this.#enqueued = start;
    this.#names = kernelNames(module);
    this.kernels = kernelEntries(module, this.#memory.memory);
    this.#copyKernel = this.kernels.get("copyBytes")!.index;
    const words = slotHeader + Math.max(...[...this.kernels.values()].map(({ arity }) => arity));
    const slotWords = Math.ceil(words / 8) * 8;
    const { memory } = this.#memory;
    this.#ring = new CommandRing({ slotCount, slotWords, threads, start, memory, counters: tablesEnd });
  }

  static async open(kernels: KernelModule, options: SharedTransportOptions): Promise<SharedTransport> {
    const transport = new SharedTransport(kernels, options);
    const { memory } = transport.#memory;
    const setup: Omit<WorkerSetup, "thread"> = {
      ...{ module: kernels.module, kernels: transport.#names, memory },
      ...{ spinMilliseconds, barrierMilliseconds, barrierShare },
      ...transport.#ring.setup,
      times: transport.times.buffer as SharedArrayBuffer,
    };
    const setups: WorkerSetup[] = Array.from({ length: options.threads }, (_, thread) => ({ ...setup, thread }));
    transport.#crew = await Crew.start<WorkerMessage>(program, setups, {
      message: () => transport.#progress(),
      failure: (cause) =>
        transport.#close(new DeviceError("cpu: a worker thread ended; the device is lost", { cause })),
    });
    return transport;
  }

  get byteLength(): number {
    return this.#memory.byteLength;
  }

  get maximumByteLength(): number {
    return this.#memory.maximumByteLength;
  }

  grow(byteLength: number): number {
    return this.#memory.grow(byteLength);
  }

  launch(kernel: number, args: readonly number[], row = 0): void {
    this.#enqueue({ kernel, args, row });
  }

  write(address: number, bytes: Uint8Array, row = 0): void {
    for (let offset = 0; offset < bytes.byteLength; offset += uploadBytes) {
      this.#enqueue({ address: address + offset, bytes: bytes.subarray(offset, offset + uploadBytes), row });
    }
  }

  read(address: number, byteLength: number): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      // A view of shared memory copies into a buffer that is not shared.
      const copy = () => resolve(this.#memory.bytes(address, byteLength).slice().buffer as ArrayBuffer);
      this.#await(copy, reject);
    });
  }

  lend(address: number, byteLength: number, use: HostUse): Loan {
    if (this.#closed) throw this.#closed;
    const loan: Loan = { settled: false };
    const fail = (cause: unknown) => this.#close(loanFailed(cause));
    const begin = () => {
      use(this.#memory.bytes(address, byteLength)).then(() => {
        loan.settled = true;
        this.#progress();
      }, fail);
    };
    this.#await(begin, fail);
    return loan;
  }

  awaitLoan(loan: Loan): void {
    this.#enqueue({ loan, row: 0 });
  }

  async destroy(reason: DeviceError): Promise<void> {
    this.#close(reason);
    this.#ring.stop();
    await this.#crew?.terminate();
  }

  /** Calls one of the two when everything so far has run. */
  #await(resolve: () => void, reject: (reason: DeviceError) => void): void {
    this.#fences.push({ command: this.#enqueued, resolve, reject });
    this.#crew?.keepAlive(true);
    this.#ask();
  }

  #enqueue(command: Command): void {
    if (this.#closed) throw this.#closed;
    this.#enqueued++;
    this.#pump();
    if (this.#deferred.length === 0 && this.#publish(command)) return;
    this.#deferred.push(detached(command));
    if (this.#deferred.length === 1) this.#ask();
  }

  /** False if the ring, or for an upload the staging memory, has no room, or the host is not done yet. */
  #publish(command: Command): boolean {
    if (isHeld(command) || !this.#ring.hasRoom()) return false;
    if ("loan" in command) {
      // Copies nothing, and has a number as every command.
      this.#ring.publish(this.#copyKernel, [0, 0, 0], 0);
      return true;
    }
    if ("kernel" in command) {
      this.#ring.publish(command.kernel, command.args, command.row);
      return true;
    }
    const { address, bytes } = command;
    const staged = this.#staging.take(bytes.byteLength, this.#ring.published + 1, this.#ring.poll());
    if (staged < 0) return false;
    this.#memory.bytes(staged, bytes.byteLength).set(bytes);
    this.#ring.publish(this.#copyKernel, [staged, address, bytes.byteLength], command.row);
    return true;
  }

  /** Moves deferred commands into the ring while there is room. */
  #pump(): void {
    if (this.#deferred.length === 0) return;
    const stuck = this.#deferred.findIndex((command) => !this.#publish(command));
    this.#deferred.splice(0, stuck < 0 ? this.#deferred.length : stuck);
  }

  /** Asks the workers to tell when the next thing that somebody waits for is done. */
  #ask(): void {
    const { published, completed } = this.#ring;
    const [next] = this.#deferred;
    // Whoever holds a loan tells by himself.
    const full = next !== undefined && !isHeld(next);
    const room = full ? Math.ceil((published + completed) / 2) : Number.POSITIVE_INFINITY;
    const command = Math.min(this.#fences[0]?.command ?? Number.POSITIVE_INFINITY, room);
    if (Number.isFinite(command) && this.#ring.want(command)) queueMicrotask(() => this.#progress());
  }

  /** Settles the fences that are reached, refills the ring, and asks for the next message. */
  #progress(): void {
    if (this.#closed) return;
    const completed = this.#ring.poll();
    const failure = this.#ring.failure();
    const reached = this.#fences.findIndex(({ command }) => command > completed);
    const count = reached < 0 ? this.#fences.length : reached;
    const failed = failure !== null && this.#fences.some(({ command }) => command >= failure.command);
    const settled = this.#fences.splice(0, failed ? this.#fences.length : count);
    if (failed) this.#ring.clearFailure();
    for (const fence of settled) {
      if (failure && fence.command >= failure.command) {
        fence.reject(kernelFailed(this.#names[failure.kernel]!, failure.text));
      } else fence.resolve();
    }
    if (this.#fences.length === 0) this.#crew?.keepAlive(false);
    this.#pump();
    this.#ask();
  }

  #close(reason: DeviceError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#deferred = [];
    this.#crew?.keepAlive(false);
    for (const fence of this.#fences.splice(0)) fence.reject(reason);
  }
}

/** Whether the command has to wait for the host. */
function isHeld(command: Command): boolean {
  return "loan" in command && !command.loan.settled;
}

/** With copies of what belongs to the caller. */
function detached(command: Command): Command {
  if ("kernel" in command) return { ...command, args: command.args.slice() };
  return "bytes" in command ? { ...command, bytes: command.bytes.slice() } : command;
}

function loanFailed(cause: unknown): DeviceError {
  const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
  return new DeviceError(`cpu: the host's part in a step failed, and the device is lost: ${reason}`, { cause });
}
