/** @file One small block per device for what changes from step to step, so that nothing else of a launch has to. */
import { DeviceError } from "../errors.ts";

/** 32-bit words in the block. */
const capacity = 256;

/** The word that holds the number of the training step, an integer: what randomness that changes every step counts by. */
export const stepSlot: WordSlot = 0;

/** Index of a word in the block; kernels read `stepWords[slot]`. */
export type WordSlot = number;

/**
 * Learning rates, bias corrections, dropout rates and step counters: values that change every step while the launches
 * that read them stay the same. The host writes words at any time; the block is uploaded, in order with the
 * commands, when a launch next asks for it.
 */
export class StepWords<Block> {
  readonly #floats: Float32Array;
  readonly #integers: Uint32Array;
  readonly #block: Block;
  readonly #upload: (block: Block, bytes: Uint8Array) => void;
  readonly #free: number[] = [];
  #used = stepSlot + 1;
  #dirty = true;

  constructor(allocate: (byteLength: number) => Block, upload: (block: Block, bytes: Uint8Array) => void) {
    const bytes = new ArrayBuffer(capacity * 4);
    this.#floats = new Float32Array(bytes);
    this.#integers = new Uint32Array(bytes);
    this.#block = allocate(bytes.byteLength);
    this.#upload = upload;
  }

  /** Takes a word; give it back with {@link release}. */
  reserve(): WordSlot {
    const released = this.#free.pop();
    if (released !== undefined) return released;
    if (this.#used >= capacity) {
      throw new DeviceError(`step words: all ${capacity} are taken`, {
        hints: ["dispose optimizers and dropout layers that are no longer used"],
      });
    }
    return this.#used++;
  }

  release(slot: WordSlot): void {
    this.#free.push(slot);
  }

  setFloat(slot: WordSlot, value: number): void {
    this.#floats[slot] = value;
    this.#dirty = true;
  }

  setInteger(slot: WordSlot, value: number): void {
    this.#integers[slot] = value;
    this.#dirty = true;
  }

  /** What {@link setInteger} last wrote, 0 before: for draws on the host that follow the step's number. */
  integer(slot: WordSlot): number {
    return this.#integers[slot]!;
  }

  /** The block, its latest words queued for upload before whatever is launched next. */
  current(): Block {
    if (this.#dirty) this.#upload(this.#block, new Uint8Array(this.#integers.buffer));
    this.#dirty = false;
    return this.#block;
  }
}
