/** @file Words of an op's own among the device's step words. */
import type { Device } from "../devices/device.ts";
import type { WordSlot } from "../devices/step-words.ts";

/** Step words by name, taken until they are given back: what changes from step to step while launches stay the same. */
export class StepSlots<Name extends string> {
  /** Where kernels find each word. */
  readonly slots: Readonly<Record<Name, WordSlot>>;
  readonly device: Device;
  #disposed = false;

  /** @throws DeviceError if there are not as many left; none is taken then */
  constructor(device: Device, names: readonly Name[]) {
    this.device = device;
    const slots: [Name, WordSlot][] = [];
    try {
      for (const name of names) slots.push([name, device.stepWords.reserve()]);
    } catch (error) {
      for (const [, slot] of slots) device.stepWords.release(slot);
      throw error;
    }
    this.slots = Object.fromEntries(slots) as Record<Name, WordSlot>;
  }

  /** Sets floats for what is called from now on. */
  protected setFloats(values: Readonly<Partial<Record<Name, number>>>): void {
    for (const [name, value] of Object.entries<number | undefined>(values)) {
      if (value !== undefined) this.device.stepWords.setFloat(this.slots[name as Name], value);
    }
  }

  /** Sets an integer for what is called from now on. */
  protected setInteger(name: Name, value: number): void {
    this.device.stepWords.setInteger(this.slots[name], value);
  }

  /** Gives the words back. Disposing twice is allowed. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const slot of Object.values<WordSlot>(this.slots)) this.device.stepWords.release(slot);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
