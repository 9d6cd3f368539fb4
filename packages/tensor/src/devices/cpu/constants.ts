/** @file Immutable words on the device, cached by content. */
import type { CpuBlock } from "./cpu-device.ts";

/** Words that are kept, beyond which the least recently used go; the last few are kept whatever their size. */
const maximumWords = 1 << 20;
const maximumEntries = 1024;
const minimumEntries = 64;

/** How to make and free a block. */
interface ConstantSource {
  readonly create: (words: Int32Array) => CpuBlock;
  readonly free: (block: CpuBlock) => void;
}

/**
 * Small tables that launches point to, each uploaded once. Eviction frees a block in the order of the commands, so what
 * is queued still reads it; a launch may name up to 64 of them.
 */
export class Constants {
  readonly #source: ConstantSource;
  /** Least recently used first. */
  readonly #entries = new Map<string, { readonly block: CpuBlock; readonly length: number }>();
  #words = 0;

  constructor(source: ConstantSource) {
    this.#source = source;
  }

  /** The block that holds `words`. */
  get(words: Int32Array): CpuBlock {
    const key = words.join();
    const found = this.#entries.get(key);
    this.#entries.delete(key);
    const entry = found ?? { block: this.#source.create(words), length: words.length };
    this.#entries.set(key, entry);
    if (!found) {
      this.#words += words.length;
      this.#evict();
    }
    return entry.block;
  }

  #evict(): void {
    for (const [key, { block, length }] of this.#entries) {
      const { size } = this.#entries;
      if (size <= minimumEntries || (size <= maximumEntries && this.#words <= maximumWords)) return;
      this.#entries.delete(key);
      this.#words -= length;
      this.#source.free(block);
    }
  }
}
