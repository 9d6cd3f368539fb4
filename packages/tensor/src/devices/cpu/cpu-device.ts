/** @file The cpu device: WebAssembly SIMD kernels on worker threads, over one memory that holds every tensor. */
import { ArgumentError, DeviceError } from "../../errors.ts";
import { offerDefaultDevice, withdrawDefaultDevice } from "../default-device.ts";
import type { DeviceQueue, MemoryUse } from "../device.ts";
import { StepWords } from "../step-words.ts";
import { Allocator } from "./allocator.ts";
import { Constants } from "./constants.ts";
import { type KernelBuild, type KernelEntry, type KernelModule, loadKernels } from "./module.ts";
import { availableThreads } from "./platform.ts";
import { SharedTransport, type SharedTransportOptions } from "./shared-transport.ts";
import { counterArgument, type Transport } from "./transport.ts";

/** Memory on the cpu device: a byte offset in the wasm memory (unsigned), and the bytes asked for. */
export interface CpuBlock {
  readonly address: number;
  readonly byteLength: number;
}

/** As an argument of a launch: the address of a zeroed i32 of that launch. Naming it twice gives the same address. */
export const COUNTER = counterArgument;

/** How to open the cpu device. */
export interface CpuOptions {
  /** Worker threads. Default: as many as can run at once. */
  readonly threads?: number;
  /** Default: relaxed SIMD where the engine has it. `true` insists on it, `false` does without. */
  readonly relaxedSimd?: boolean;
  /**
   * Whether convolutions may take Winograd's way where it is faster; its sums are rounded to about half the accuracy of
   * the plain way's. Default: true.
   */
  readonly winograd?: boolean;
}

/**
 * Opens the cpu device, and makes it the default if there is none.
 *
 * @throws ArgumentError if `threads` is not a positive integer
 * @throws DeviceError if threads or shared memory are not to be had, or relaxed SIMD was insisted on in vain
 */
export async function openCpu(options: CpuOptions = {}): Promise<CpuDevice> {
  const { threads = availableThreads(), relaxedSimd, winograd } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ArgumentError(`openCpu: threads: expected a positive integer, got ${threads}`);
  }
  return startCpu(await loadKernels(relaxedSimd), { threads }, winograd);
}

/** Opens a device that runs the kernels of `kernels`, which must have `copyBytes` among them. */
export async function startCpu(
  kernels: KernelModule,
  options: SharedTransportOptions,
  winograd = true,
): Promise<CpuDevice> {
  const transport = await SharedTransport.open(kernels, options);
  const device = new CpuDevice(transport, transport.kernels, kernels.build, winograd);
  offerDefaultDevice(device);
  return device;
}

/**
 * A queue of kernel launches that N worker threads carry out in order, each taking its share of every launch. No call
 * blocks: launches are written into shared memory and {@link CpuDevice.read} waits for a message.
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

  constructor(transport: Transport, kernels: ReadonlyMap<string, KernelEntry>, build: KernelBuild, winograd: boolean) {
    this.threads = transport.threads;
    this.build = build;
    this.winograd = winograd;
    const simd = build === "relaxed" ? "relaxed SIMD" : "SIMD";
    this.description = `cpu: ${this.threads} ${this.threads === 1 ? "thread" : "threads"}, WebAssembly ${simd}`;
    if (!winograd) this.description += ", no Winograd";
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
   * @param args addresses of blocks, integers, floats and {@link COUNTER}, in the order of the kernel's parameters
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
    transport.launch(entry.index, args);
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
    if (!this.#transport) throw destroyedError();
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
    this.#open.write(block.address, bytes);
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

  /** Launches are handed to the workers as they are queued, so there is nothing to do. */
  submit(): void {}

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
