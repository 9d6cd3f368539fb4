/** @file Commands as messages to one worker that owns the memory: for pages that may not share memory with threads. */
import program from "../../../build/queue-worker.txt";
import { DeviceError } from "../../errors.ts";
import { formatBytes } from "../format-bytes.ts";
import type { Loan } from "../loan.ts";
import { Crew } from "./crew.ts";
import { type KernelEntry, type KernelModule, kernelEntries, kernelFailed, kernelNames } from "./module.ts";
import type { CommandBatch, QueueFailure, QueueMessage, QueueSetup, ReadRequest } from "./queue-worker.ts";
import { counterArgument, type Transport } from "./transport.ts";
import { growthPages, pageBytes, reserveMemory, tablesEnd } from "./wasm-memory.ts";

/** Room behind the kernels' tables for the counter, in a cache line of its own. */
const heapStart = tablesEnd + 64;

/** A batch is sent when it has as many commands or bytes to upload, or when the main thread is done with its turn. */
const batchCommands = 64;
const batchBytes = 1 << 20;

/** Somebody who waits for bytes. */
interface Read {
  /** Number of the last command before it. */
  readonly command: number;
  readonly resolve: (bytes: ArrayBuffer) => void;
  readonly reject: (reason: DeviceError) => void;
}

/** The main thread only knows how large the worker's memory is to be; the worker grows it before it runs the commands. */
export class QueueTransport implements Transport {
  readonly threads = 1;
  readonly times = null;
  readonly heapStart = heapStart;
  readonly kernels: ReadonlyMap<string, KernelEntry>;
  readonly #names: readonly string[];
  readonly #reads = new Map<number, Read>();
  #words: number[] = [];
  #uploads: Uint8Array<ArrayBuffer>[] = [];
  #uploadBytes = 0;
  #batched = 0;
  /** Number of the last command, sent or not. */
  #enqueued = 0;
  #nextRead = 0;
  #byteLength = Math.ceil(heapStart / pageBytes) * pageBytes;
  #maximumPages = 0;
  #failure: QueueFailure | null = null;
  #crew: Crew | null = null;
  #closed: DeviceError | null = null;

  private constructor({ module }: KernelModule) {
    this.#names = kernelNames(module);
    this.kernels = kernelEntries(module, reserveMemory(1, 1, false).memory);
  }

  /** @param kernels compiled for a memory that is not shared */
  static async open(kernels: KernelModule, memoryLimit: number): Promise<QueueTransport> {
    const transport = new QueueTransport(kernels);
    const setup: QueueSetup = {
      module: kernels.module,
      kernels: transport.#names,
      initialPages: transport.#byteLength / pageBytes,
      limitPages: Math.floor(memoryLimit / pageBytes),
      counter: tablesEnd,
    };
    transport.#crew = await Crew.start<QueueMessage>(program, [setup], {
      message: (message) => transport.#receive(message),
      failure: (cause) => transport.#close(new DeviceError("cpu: the worker ended; the device is lost", { cause })),
    });
    return transport;
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  get maximumByteLength(): number {
    return this.#maximumPages * pageBytes;
  }

  grow(byteLength: number): number {
    const [pages = 0] = growthPages(byteLength, this.#byteLength, this.#maximumPages);
    this.#byteLength += pages * pageBytes;
    return pages * pageBytes;
  }

  launch(kernel: number, args: readonly number[]): void {
    this.#enqueue(kernel, args);
  }

  write(address: number, bytes: Uint8Array): void {
    this.#uploads.push(new Uint8Array(bytes));
    this.#uploadBytes += bytes.byteLength;
    this.#enqueue(-1, [address]);
  }

  read(address: number, byteLength: number): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      this.#flush();
      const id = this.#nextRead++;
      this.#reads.set(id, { command: this.#enqueued, resolve, reject });
      this.#crew?.keepAlive(true);
      this.#crew?.post({ kind: "read", id, address, byteLength } satisfies ReadRequest);
    });
  }

  lend(): Loan {
    throw new DeviceError("cpu: the host takes part in steps only where it shares memory with the device's threads");
  }

  awaitLoan(): void {}

  async destroy(reason: DeviceError): Promise<void> {
    this.#close(reason);
    await this.#crew?.terminate();
  }

  #enqueue(kernel: number, args: readonly number[]): void {
    if (this.#closed) throw this.#closed;
    this.#words.push(kernel, args.length);
    for (const value of args) this.#words.push(value === counterArgument ? tablesEnd : value);
    this.#enqueued++;
    this.#batched++;
    if (this.#batched >= batchCommands || this.#uploadBytes >= batchBytes) this.#flush();
    else if (this.#batched === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    if (this.#batched === 0 || this.#closed) return;
    const batch: CommandBatch = {
      kind: "commands",
      first: this.#enqueued - this.#batched + 1,
      byteLength: this.#byteLength,
      words: Float64Array.from(this.#words),
      uploads: this.#uploads,
    };
    this.#crew?.post(
      batch,
      this.#uploads.map(({ buffer }) => buffer),
    );
    this.#words = [];
    this.#uploads = [];
    this.#uploadBytes = 0;
    this.#batched = 0;
  }

  #receive(message: Exclude<QueueMessage, "ready">): void {
    if (message.kind === "memory") this.#maximumPages = message.maximumPages;
    else if (message.kind === "failure") this.#fail(message);
    else this.#settle(message.id, message.bytes);
    if (this.#reads.size === 0) this.#crew?.keepAlive(false);
  }

  /** Where the system refused memory, there is only what there was, and what may still be had is less than was asked. */
  #fail(failure: QueueFailure): void {
    this.#failure ??= failure;
    if (!failure.refused) return;
    this.#byteLength = failure.refused.byteLength;
    this.#maximumPages = failure.refused.asked / pageBytes - 1;
  }

  /** Gives bytes to who asked for them; a failure before them goes to everybody who waits for what came after it. */
  #settle(id: number, bytes: ArrayBuffer): void {
    const read = this.#reads.get(id);
    if (!read) return;
    const failure = this.#failure;
    if (!failure || read.command < failure.command) {
      this.#reads.delete(id);
      read.resolve(bytes);
      return;
    }
    this.#failure = null;
    for (const [each, { command, reject }] of this.#reads) {
      if (command < failure.command) continue;
      this.#reads.delete(each);
      reject(this.#errorOf(failure));
    }
  }

  #errorOf({ kernel, text, refused }: QueueFailure): DeviceError {
    if (kernel >= 0) return kernelFailed(this.#names[kernel]!, text);
    if (!refused) return new DeviceError(`cpu: an upload failed: ${text}`);
    const [asked, present] = [refused.asked, refused.byteLength].map(formatBytes);
    return new DeviceError(`cpu: out of memory: the system was asked for ${asked}, and gave ${present}: ${text}`, {
      hints: ["use a smaller batch", "dispose tensors that are no longer needed"],
    });
  }

  #close(reason: DeviceError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#crew?.keepAlive(false);
    for (const { reject } of this.#reads.values()) reject(reason);
    this.#reads.clear();
  }
}
