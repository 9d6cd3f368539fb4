/** @file A tensor in the host's hands in the middle of a step: for exchanges with other processes. */
import type { CpuBlock } from "./devices/cpu/cpu-device.ts";
import type { HostUse, Loan } from "./devices/loan.ts";
import type { WebgpuBlock } from "./devices/webgpu/webgpu-device.ts";
import { DTypeError } from "./errors.ts";
import { byteLengthOf } from "./shape.ts";
import type { Storage, Tensor } from "./tensor.ts";

/** A tensor that the host has. Its memory stays taken until {@link returned} was called, even if it is disposed. */
export class HostLoan {
  readonly #loan: Loan;
  readonly #storage: Storage;
  #open = true;

  constructor(loan: Loan, storage: Storage) {
    this.#loan = loan;
    this.#storage = storage;
  }

  /** What is enqueued from now on waits until the host is done; it sees what the host made of the values. */
  returned(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#storage.device.awaitLoan(this.#loan);
    this.#storage.release();
  }
}

/**
 * Lends a tensor to the host: once everything enqueued so far has run, `use` gets its values, and may change them in
 * place until its promise settles. What is enqueued meanwhile runs beside it and must not touch the tensor, until
 * {@link HostLoan.returned} is called. Loans begin in the order of the calls. On the cpu device the values are the
 * device's own shared memory; on webgpu they are copied to the host and back. Where `use` rejects, the device is lost:
 * reads reject with its error.
 *
 * @param tensor float32
 * @throws DTypeError if it is not float32
 * @throws DeviceError on the cpu device without shared memory
 */
export function lendToHost(tensor: Tensor, use: (values: Float32Array) => Promise<void>): HostLoan {
  if (tensor.dtype !== "float32") throw new DTypeError(`lendToHost: expected float32, got ${tensor.dtype}`);
  const storage = tensor.storage.retain();
  const { device, block } = storage;
  const lend = device.lend as (block: CpuBlock | WebgpuBlock, byteLength: number, use: HostUse) => Loan;
  try {
    const values = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
      new Float32Array(buffer, byteOffset, byteLength / 4);
    return new HostLoan(
      lend.call(device, block, byteLengthOf(tensor), (bytes) => use(values(bytes))),
      storage,
    );
  } catch (error) {
    storage.release();
    throw error;
  }
}
