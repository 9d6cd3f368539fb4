import bytes from "../../build/kernels.wasm";
import { DataError } from "../errors.ts";

/** What the module exports; see `*.assembly.ts`. */
interface Functions {
  readonly memory: WebAssembly.Memory;
  addGram(panels: number, rows: number, count: number, gram: number): void;
  multiply(x: number, panels: number, out: number, rows: number, depth: number, count: number): void;
  reduce(a: number, n: number, i: number, d: number, e: number, work: number): void;
  accumulate(a: number, n: number, i: number, d: number, work: number): void;
  transpose(a: number, n: number): void;
  eigenvalue(vectors: number, n: number, l: number, d: number, e: number): number;
}

const PAGE = 65536;
/** Bytes at the start that the module keeps for itself. */
const RESERVED = 1024;

/** One instance of the kernels, with memory that is handed out once and goes with it. */
export class Kernels {
  readonly run: Functions;
  #next = RESERVED;

  private constructor(run: Functions) {
    this.run = run;
  }

  static async open(): Promise<Kernels> {
    const { instance } = await WebAssembly.instantiate(bytes);
    return new Kernels(instance.exports as unknown as Functions);
  }

  /** Address of `length` zeroed bytes, aligned to 64. Views made before may be stale afterwards: memory grows. */
  allocate(length: number): number {
    const start = Math.ceil(this.#next / 64) * 64;
    this.#next = start + length;
    const missing = this.#next - this.run.memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE));
    return start;
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.run.memory.buffer, address, length);
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.run.memory.buffer, address, length);
  }

  #grow(pages: number): void {
    try {
      this.run.memory.grow(pages);
    } catch (cause) {
      const megabytes = Math.ceil(this.#next / 2 ** 20);
      throw new DataError(`linear algebra: ${megabytes} MiB of memory cannot be had in one piece`, { cause });
    }
  }
}
