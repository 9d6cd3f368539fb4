/** @file The cpu device: WebAssembly SIMD kernels on worker threads, over one memory that holds every tensor. */
import { ArgumentError, DeviceError } from "../../errors.ts";
import { offerDefaultDevice, withdrawDefaultDevice } from "../default-device.ts";
import type { DeviceQueue, MemoryUse } from "../device.ts";
import type { HostUse, Loan } from "../loan.ts";
import type { Profiler } from "../profiler.ts";
import { StepWords } from "../step-words.ts";
import { Allocator } from "./allocator.ts";
import { Constants } from "./constants.ts";
import { type KernelBuild, type KernelEntry, type KernelModule, loadKernels } from "./module.ts";
import { availableThreads, canShareMemory } from "./platform.ts";
import { QueueTransport } from "./queue-transport.ts";
import { SharedTransport, type SharedTransportOptions } from "./shared-transport.ts";
import { counterArgument, type Transport } from "./transport.ts";
import { mostPages, pageBytes } from "./wasm-memory.ts";

/** Memory on the cpu device: a byte offset in the wasm memory (unsigned), and the bytes asked for. */
export interface CpuBlock {
  readonly address: number;
  readonly byteLength: number;
}

/** As an argument of a launch: the address of a zeroed i32 of that launch. Naming it twice gives the same address. */
export const COUNTER = counterArgument;

/** How to open the cpu device. */
export interface CpuOptions {
  /** Worker threads. Default: as many as can run at once. Without shared memory there is one, whatever this says. */
  readonly threads?: number;
  /** Default: relaxed SIMD where the engine has it. `true` insists on it, `false` does without. */
  readonly relaxedSimd?: boolean;
  /**
   * Default: shared memory where there may be any: in Node, and in pages that are cross-origin isolated. `true` insists
   * on it; `false` runs everything on one worker that owns the memory, with the same results.
   */
  readonly sharedMemory?: boolean;
  /** Most bytes of memory, 9 MiB of them the device's own. Default, and the most possible: 4 GiB. */
  readonly memoryLimit?: number;
  /**
   * Whether convolutions of 3×3 with stride 1 and at least 16 channels and filters may take Winograd's way where it is
   * faster. Its rounding is about twice the plain way's, and one infinite or overflowing pixel makes NaN of the whole 4×4
   * tiles of the result that see it. Default: true.
   */
  readonly winograd?: boolean;
}

/** Less would not hold what the device needs itself. */
const leastMemory = 16 << 20;

/**
 * Opens the cpu device, and makes it the default if there is none.
 *
 * @throws ArgumentError if `threads` is not a positive integer, or `memoryLimit` is below 16 MiB
 * @throws DeviceError if threads do not start or there is no memory; if shared memory or relaxed SIMD was insisted on
 *   in vain
 */
export async function openCpu(options: CpuOptions = {}): Promise<CpuDevice> {
  const { threads = availableThreads(), relaxedSimd, winograd, memoryLimit = mostPages * pageBytes } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ArgumentError(`openCpu: threads: expected a positive integer, got ${threads}`);
  }
  if (!(memoryLimit >= leastMemory)) {
    throw new ArgumentError(`openCpu: memoryLimit: expected at least ${leastMemory} bytes, got ${memoryLimit}`);
  }
  const { sharedMemory = canShareMemory() } = options;
  if (sharedMemory && !canShareMemory()) {
    throw new DeviceError("cpu: this page may not share memory between threads", {
      hints: ["serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"],
    });
  }
  const bounded = Math.min(memoryLimit, mostPages * pageBytes);
  const kernels = await loadKernels(sharedMemory, relaxedSimd);
  return startCpu(kernels, { threads, sharedMemory, memoryLimit: bounded, winograd });
}

/** How to start a device on kernels that are compiled for one kind of memory. */
export interface StartOptions extends SharedTransportOptions {
  readonly sharedMemory: boolean;
  readonly winograd?: boolean;
}

/** Opens a device that runs the kernels of `kernels`, which must have `copyBytes` among them. */
export async function startCpu(kernels: KernelModule, options: StartOptions): Promise<CpuDevice> {
  const { sharedMemory, memoryLimit = mostPages * pageBytes, winograd = true } = options;
  const transport = await (sharedMemory
    ? SharedTransport.open(kernels, options)
    : QueueTransport.open(kernels, memoryLimit));
  const threads = `${transport.threads} ${transport.threads === 1 ? "thread" : "threads"}`;
  const simd = `WebAssembly ${kernels.build === "relaxed" ? "relaxed SIMD" : "SIMD"}`;
  const lacks = `${sharedMemory ? "" : ", no shared memory"}${winograd ? "" : ", no Winograd"}`;
  const description = `cpu: ${threads}, ${simd}${lacks}`;
  const details = { kernels: transport.kernels, build: kernels.build, description, winograd };
  const device = new CpuDevice(transport, details);
  offerDefaultDevice(device);
  return device;
}

/** What a device is told about its kernels. */
interface CpuDetails {
  readonly kernels: ReadonlyMap<string, KernelEntry>;
  readonly build: KernelBuild;
  readonly description: string;
  readonly winograd: boolean;
}

/**
 * A queue of kernel launches that N worker threads carry out in order, each taking its share of every launch. No call
 * blocks: launches are written into shared memory, or sent to the worker that owns it, and {@link CpuDevice.read} waits
 * for a message.
 */
export class CpuDevice implements DeviceQueue<CpuBlock> {
  readonly kind = "cpu";
  /** As in `cpu: 2 threads, WebAssembly relaxed SIMD`. */
  readonly description: string;
  readonly threads: number;
  /** Which build of the kernels runs: the two differ in the last bits of their results. */
  readonly build: KernelBuild;
  /** Whether convolutions may take Winograd's way. */
  readonly winograd: boolean;
  readonly stepWords: StepWords<CpuBlock>;
  /** `null` once destroyed, so that the memory goes even if somebody still holds the device. */
  #transport: Transport | null;
  readonly #kernels: ReadonlyMap<string, KernelEntry>;
  readonly #allocator: Allocator;
  readonly #constants: Constants;
  #profiler: Profiler | null = null;

  constructor(transport: Transport, { kernels, build, description, winograd }: CpuDetails) {
    this.threads = transport.threads;
    this.build = build;
    this.description = description;
    this.winograd = winograd;
    this.#transport = transport;
    this.#kernels = kernels;
    this.#allocator = new Allocator({
      start: transport.heapStart,
      end: transport.byteLength,
      limit: transport.maximumByteLength,
      grow: (byteLength) => this.#open.grow(byteLength),
    });
    this.stepWords = new StepWords(
      (byteLength) => this.allocate(byteLength, "step words"),
      (block, bytes) => this.write(block, bytes),
    );
    this.#constants = new Constants({
      create: (words) => this.#upload(words),
      free: (block) => this.free(block),
    });
  }

  /**
   * Queues a launch of a kernel, by its exported name, on every thread.
   *
   * @param args addresses of blocks, integers, floats and `COUNTER`, in the order of the kernel's parameters
   *   without `thread` and `threads`
   * @throws DeviceError if there is no such kernel or it takes another number of arguments
   */
  run(kernel: string, args: readonly number[]): void {
    const transport = this.#open;
    const entry = this.#kernels.get(kernel);
    if (!entry) throw new DeviceError(`${kernel}: the cpu device has no kernel of this name`);
    if (args.length !== entry.arity) {
      throw new DeviceError(`${kernel}: the kernel takes ${entry.arity} arguments, got ${args.length}`);
    }
    transport.launch(entry.index, args, this.#profiler?.row(kernel));
  }

  /** Lends memory to the launches that `body` queues. */
  scratch<T>(byteLength: number, body: (address: number) => T): T {
    const block = this.allocate(byteLength, "scratch memory");
    try {
      return body(block.address);
    } finally {
      this.free(block);
    }
  }

  /** Address of words that never change, cached by content. For the launches queued next: it may be evicted later. */
  constant(words: Int32Array): number {
    return this.#constants.get(words).address;
  }

  /** @throws DeviceError when the memory is used up; the device goes on working */
  allocate(byteLength: number, purpose: string): CpuBlock {
    const { byteLength: end, maximumByteLength: limit } = this.#open;
    this.#allocator.shrinkTo(end, limit);
    return { address: this.#allocator.allocate(byteLength, purpose), byteLength };
  }

  /** After {@link destroy} there is nothing left to free, and this does nothing. */
  free(block: CpuBlock): void {
    if (this.#transport) this.#allocator.free(block.address);
  }

  slice(block: CpuBlock, byteOffset: number, byteLength: number): CpuBlock {
    if (byteOffset % 16 !== 0) throw new DeviceError(`slice: offset ${byteOffset} is not a multiple of 16`);
    checkRange("slice", byteOffset + byteLength, block);
    return { address: block.address + byteOffset, byteLength };
  }

  write(block: CpuBlock, bytes: Uint8Array): void {
    checkRange("write", bytes.byteLength, block);
    this.#open.write(block.address, bytes, this.#profiler?.row("upload"));
  }

  copy(source: CpuBlock, target: CpuBlock, byteLength: number): void {
    checkRange("copy", byteLength, source);
    checkRange("copy", byteLength, target);
    this.run("copyBytes", [source.address, target.address, byteLength]);
  }

  async read(block: CpuBlock, byteLength: number): Promise<ArrayBuffer> {
    // A copy made in the order of the commands: later ones may change the block before the host gets to look at it.
    const snapshot = this.allocate(byteLength, "read");
    try {
      this.copy(block, snapshot, byteLength);
      return await this.#open.read(snapshot.address, byteLength);
    } finally {
      this.free(snapshot);
    }
  }

  lend(block: CpuBlock, byteLength: number, use: HostUse): Loan {
    checkRange("lend", byteLength, block);
    return this.#open.lend(block.address, byteLength, use);
  }

  awaitLoan(loan: Loan): void {
    this.#open.awaitLoan(loan);
  }

  /** Launches are handed to the workers as they are queued, so there is nothing to do. */
  submit(): void {}

  async finish(): Promise<void> {
    await this.read(this.stepWords.current(), 4);
  }

  get profiler(): Profiler | null {
    return this.#profiler;
  }

  startProfile(profiler: Profiler): void {
    const { times } = this.#open;
    if (!times) throw new DeviceError("cpu: profile: the worker has no clock to share without shared memory");
    times.fill(0);
    this.#profiler = profiler;
  }

  async stopProfile(): Promise<Float64Array> {
    this.#profiler = null;
    // What this queues ends after the last timed command has added its time.
    await this.finish();
    return this.#open.times!.slice();
  }

  memory(): MemoryUse {
    const { liveBlocks, liveBytes } = this.#allocator;
    return { liveBlocks, liveBytes, reservedBytes: this.#transport?.byteLength ?? 0 };
  }

  async destroy(): Promise<void> {
    const transport = this.#transport;
    this.#transport = null;
    withdrawDefaultDevice(this);
    await transport?.destroy(destroyedError());
  }

  #upload(words: Int32Array): CpuBlock {
    const block = this.allocate(words.byteLength, "constant");
    this.write(block, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
    return block;
  }

  get #open(): Transport {
    if (!this.#transport) throw destroyedError();
    return this.#transport;
  }
}

function destroyedError(): DeviceError {
  return new DeviceError("cpu: the device was destroyed");
}

function checkRange(what: string, end: number, block: CpuBlock): void {
  if (end > block.byteLength) {
    throw new DeviceError(`${what}: ${end} bytes do not fit into a block of ${block.byteLength} bytes`);
  }
}
