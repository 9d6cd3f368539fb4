/** @file The wasm memory that main thread and workers share. */
import { DeviceError } from "../../errors.ts";
import { growthPages, pageBytes, reserveMemory } from "./wasm-memory.ts";

/** A memory that grows by need up to its limit, or to what the system lets it reserve. */
export class SharedMemory {
  readonly memory: WebAssembly.Memory;
  readonly #maximumPages: number;

  constructor(initialByteLength: number, limitByteLength: number) {
    const initial = Math.ceil(initialByteLength / pageBytes);
    const limit = Math.floor(limitByteLength / pageBytes);
    try {
      ({ memory: this.memory, maximumPages: this.#maximumPages } = reserveMemory(initial, limit, true));
    } catch (cause) {
      throw new DeviceError("cpu: the system gives no WebAssembly memory", { cause });
    }
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  get maximumByteLength(): number {
    return this.#maximumPages * pageBytes;
  }

  /** A view of part of the memory, of its present buffer. */
  bytes(address: number, byteLength: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, byteLength);
  }

  /** Adds at least `byteLength` bytes; gives the bytes added, 0 if that is impossible. */
  grow(byteLength: number): number {
    const sizes = growthPages(byteLength, this.byteLength, this.#maximumPages);
    return (sizes.find((pages) => this.#tryGrow(pages)) ?? 0) * pageBytes;
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}
