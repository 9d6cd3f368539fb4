/** @file Losses and metrics of recent steps, kept on the device and read many at a time, so that no step waits. */
import type { Device } from "./devices/device.ts";
import { ArgumentError } from "./errors.ts";
import { keep } from "./scope.ts";
import { copyTensor, emptyTensor, sliceStorage, Tensor } from "./tensor.ts";

/** Readings that the ring holds before the oldest is overwritten. */
const capacity = 1024;

/** Offset between slots: slices are cut at multiples of 16 bytes. */
const slotBytes = 16;

/** A scalar of one step, on its way. Nobody has to free it. */
export class Reading {
  readonly #read: () => Promise<number>;

  constructor(read: () => Promise<number>) {
    this.#read = read;
  }

  /** The value, once the step has run. Throws {@link ArgumentError} if more than 1024 readings were made since. */
  value(): Promise<number> {
    return this.#read();
  }
}

/** A ring of scalars on a device. */
export class StepRing {
  readonly #slots: Tensor;
  readonly #generation = new Float64Array(capacity).fill(-1);
  #written = 0;
  /** A read of the whole ring that covers readings before `through`. */
  #pending: { readonly through: number; readonly data: Promise<Float32Array> } | null = null;

  constructor(device: Device) {
    const size = (capacity * slotBytes) / 4;
    this.#slots = keep(emptyTensor(device, { shape: [size], dtype: "float32" }, "step ring"));
  }

  /** Queues a copy of a float32 scalar into the next slot. */
  push(scalar: Tensor): Reading {
    const number = this.#written++;
    const slot = number % capacity;
    this.#generation[slot] = number;
    const place = new Tensor(
      { shape: [], dtype: "float32" },
      sliceStorage(this.#slots.storage, slot * slotBytes, 4),
      "step ring",
    );
    copyTensor(scalar, place);
    place.dispose();
    return new Reading(() => this.#value(number));
  }

  async #value(number: number): Promise<number> {
    const slot = number % capacity;
    if (this.#generation[slot] !== number) {
      throw new ArgumentError(`step: a reading was asked for after ${capacity} newer ones had replaced it`, {
        hints: [`read it within ${capacity} readings`],
      });
    }
    // One transfer answers every reading that was written before it began.
    if (!this.#pending || this.#pending.through <= number) {
      this.#pending = { through: this.#written, data: this.#slots.data() as Promise<Float32Array> };
    }
    return (await this.#pending.data)[(slot * slotBytes) / 4]!;
  }
}

const rings = new WeakMap<Device, StepRing>();

/** The ring of a device, made when it is first asked for. */
export function stepRing(device: Device): StepRing {
  const ring = rings.get(device) ?? new StepRing(device);
  rings.set(device, ring);
  return ring;
}
