/** @file What went wrong on a device, until somebody reads: the adapter reports errors later than the calls that made them. */
import { DeviceError } from "../../errors.ts";

/** Errors of one device. */
export class Failures {
  #failure: string | null = null;
  /** A kernel that does not compile or memory that is not to be had: reported a turn later than what follows from it. */
  #cause: DeviceError | null = null;
  /** Why the device is gone for good. */
  #lost: string | null = null;
  #destroyed = false;

  constructor(device: GPUDevice) {
    device.onuncapturederror = (event) => {
      event.preventDefault(); // it is raised at the next read, so the console need not have it too
      // The first failure is the cause; what follows it is noise.
      this.#failure ??= event.error.message.split("\n").slice(0, 3).join(" ");
    };
    void device.lost.then(({ message }) => {
      this.#lost = message || "for no reason that it gave";
    });
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** The device takes no more calls, for this reason. */
  lose(reason: string): void {
    this.#lost ??= reason;
  }

  destroy(): void {
    this.#destroyed = true;
  }

  /** Notes what explains the errors that follow from it. */
  explain(error: DeviceError): void {
    this.#cause ??= error;
  }

  /** Throws what went wrong since it was last asked. */
  check(): void {
    const error = this.#cause ?? (this.#failure === null ? null : new DeviceError(`webgpu: ${this.#failure}`));
    this.#failure = null;
    this.#cause = null;
    if (error) throw error;
  }

  /** Throws if the device takes no more calls. */
  checkOpen(): void {
    if (this.#destroyed) throw new DeviceError("webgpu: the device was destroyed");
    if (this.#lost !== null) {
      throw new DeviceError(`webgpu: the device was lost: ${this.#lost}`, {
        hints: ["its tensors are gone: open a device anew, and load what was saved last"],
      });
    }
  }
}
