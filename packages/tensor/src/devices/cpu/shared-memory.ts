/** @file The wasm memory that main thread and workers share. */
import { DeviceError } from "../../errors.ts";

const pageBytes = 65536;

/** The kernels were linked with their tables below this address. */
export const tablesEnd = pageBytes;

/** Growth beyond what is needed, so that a run settles after a few steps. */
const smallestGrowth = 16 << 20;

/** A memory that grows by need up to 4 GiB, or to what the system lets it reserve. */
export class SharedMemory {
  readonly memory: WebAssembly.Memory;
  readonly #maximumPages: number;

  constructor(initialByteLength: number) {
    const initial = Math.ceil(initialByteLength / pageBytes);
    if (typeof SharedArrayBuffer === "undefined") {
      throw new DeviceError("cpu: this page may not share memory between threads", {
        hints: ["serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"],
      });
    }
    [this.memory, this.#maximumPages] = reserve(initial);
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
    const left = this.#maximumPages - this.byteLength / pageBytes;
    const needed = Math.ceil(byteLength / pageBytes);
    if (needed > left) return 0;
    const generous = Math.ceil(Math.max(byteLength, smallestGrowth, this.byteLength / 8) / pageBytes);
    const pages = [Math.min(generous, left), needed].find((count) => this.#tryGrow(count));
    return (pages ?? 0) * pageBytes;
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

/** Small systems refuse to reserve 4 GiB of addresses. */
function reserve(initial: number): [WebAssembly.Memory, number] {
  let cause: unknown;
  for (const maximum of [65536, 32768, 16384, 8192]) {
    try {
      return [new WebAssembly.Memory({ initial, maximum, shared: true }), maximum];
    } catch (error) {
      cause = error;
    }
  }
  throw new DeviceError("cpu: the system gives no WebAssembly memory", { cause });
}
