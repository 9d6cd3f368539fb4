/** @file What the two devices have in common. A device knows memory, order and kernels; it knows no op. */
import type { CpuDevice } from "./cpu/cpu-device.ts";
import type { HostUse, Loan } from "./loan.ts";
import type { Profiler } from "./profiler.ts";
import type { StepWords } from "./step-words.ts";
import type { WebgpuDevice } from "./webgpu/webgpu-device.ts";

/** Memory in use on a device, in bytes. */
export interface MemoryUse {
  /** Blocks handed out and not yet freed. */
  readonly liveBlocks: number;
  /** Bytes in those blocks, as rounded up by the allocator. */
  readonly liveBytes: number;
  /** Bytes taken from the system, in use or kept for reuse. */
  readonly reservedBytes: number;
}

/**
 * A queue with memory of its own. Every call but `read` returns at once: work is carried out in the order of the calls,
 * so a block that is freed may be handed out again while commands that use it are still queued.
 */
export interface DeviceQueue<Block> {
  /** One line a person can read: the adapter, or the cores and the SIMD build. */
  readonly description: string;
  /** What changes from step to step (learning rates, step counters): one small block, written before it is read. */
  readonly stepWords: StepWords<Block>;
  /** Takes memory of at least `byteLength` bytes with undefined contents. `purpose` names the op in errors. */
  allocate(byteLength: number, purpose: string): Block;
  free(block: Block): void;
  /** A part of a block, at a multiple of 16 bytes (of 256, for a kernel to bind it). Never freed by itself. */
  slice(block: Block, byteOffset: number, byteLength: number): Block;
  /** Queues an upload. The bytes are copied before the call returns. */
  write(block: Block, bytes: Uint8Array): void;
  /** Queues a copy of `byteLength` bytes from the start of one block to the start of another. */
  copy(source: Block, target: Block, byteLength: number): void;
  /** Reads the first `byteLength` bytes once everything queued so far has run. Rejects with what went wrong before it. */
  read(block: Block, byteLength: number): Promise<ArrayBuffer>;
  /**
   * Gives the first `byteLength` bytes to the host once everything queued so far has run. What is queued meanwhile runs
   * beside it and must not touch them, until {@link awaitLoan}. Loans begin in the order of the calls; one that fails
   * loses the device.
   */
  lend(block: Block, byteLength: number, use: HostUse): Loan;
  /** What is queued from now on runs when the host is done. */
  awaitLoan(loan: Loan): void;
  /** Hands everything queued so far to the hardware. */
  submit(): void;
  /** Resolves once everything queued so far has run; rejects with what went wrong in it. */
  finish(): Promise<void>;
  /** Told which op launches what, while the device is profiled. */
  readonly profiler: Profiler | null;
  /** From now on the time of every launch is added to the row that `profiler` gives it. For {@link profile}. */
  startProfile(profiler: Profiler): void;
  /** Milliseconds of each row, once everything queued has run. */
  stopProfile(): Promise<Float64Array>;
  memory(): MemoryUse;
  /** Frees everything; pending reads reject. The process can exit afterwards. */
  destroy(): Promise<void>;
}

/** A device that runs ops: `kind` tells which. */
export type Device = CpuDevice | WebgpuDevice;
