/** @file What the cpu device asks of whoever owns the memory and carries its commands to the kernels. */
import type { DeviceError } from "../../errors.ts";
import type { HostUse, Loan } from "../loan.ts";

/** Stands for the counter of a launch in its arguments. No 32-bit argument can have this value. */
export const counterArgument = Number.MIN_SAFE_INTEGER;

/**
 * Carries commands, in order, to the threads that run them. Addresses are byte offsets in one wasm memory that only
 * the transport touches, so the main thread need not see it: it does where the memory is shared, and does not where one
 * worker owns it (in pages that are not cross-origin isolated).
 */
export interface Transport {
  readonly threads: number;
  /** First address that is free for blocks: below lie the kernels' tables and the transport's own structures. */
  readonly heapStart: number;
  /** Bytes in the memory when everything queued so far has run. Less than it was once the system has refused growth. */
  readonly byteLength: number;
  /** Most bytes that the memory can ever have. */
  readonly maximumByteLength: number;
  /**
   * Grows the memory by at least `byteLength` bytes; gives the bytes added, 0 if that is impossible. Where the worker
   * owns the memory, a system that refuses is reported by the next read, and the memory stays as it was.
   */
  grow(byteLength: number): number;
  /** Queues a kernel by its index; {@link counterArgument} becomes the address of a zeroed i32 of this launch. */
  launch(kernel: number, args: readonly number[], row?: number): void;
  /** Queues an upload; the bytes are copied before the call returns. */
  write(address: number, bytes: Uint8Array, row?: number): void;
  /** Milliseconds that launches and uploads took, by the row that each was given (none, or 0: not timed); `null`: no clock. */
  readonly times: Float64Array | null;
  /** Bytes at `address` once everything queued so far has run; rejects if a kernel queued before it failed. */
  read(address: number, byteLength: number): Promise<ArrayBuffer>;
  /** As the device's: `use` gets a view of the memory itself. Throws DeviceError where the host cannot see it. */
  lend(address: number, byteLength: number, use: HostUse): Loan;
  awaitLoan(loan: Loan): void;
  /** Rejects what is pending with `reason` and stops the threads. */
  destroy(reason: DeviceError): Promise<void>;
}
