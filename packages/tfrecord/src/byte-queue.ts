import { plainBytes } from "./plain-bytes.ts";

/** Bytes that arrived and were not taken yet. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(plainBytes(chunk));
    this.#length += chunk.length;
  }

  /** The next bytes, of which there must be as many: a view where one chunk holds them all, else a copy. */
  peek(count: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined) return new Uint8Array(0);
    if (first.length < count) this.#join(count);
    return this.#chunks[0]!.subarray(0, count);
  }

  /** Forgets the next bytes, of which there must be as many. */
  drop(count: number): void {
    this.#length -= count;
    let rest = count;
    let whole = 0;
    for (; whole < this.#chunks.length && this.#chunks[whole]!.length <= rest; whole++) {
      rest -= this.#chunks[whole]!.length;
    }
    if (whole > 0) this.#chunks.splice(0, whole);
    if (rest > 0) this.#chunks[0] = this.#chunks[0]!.subarray(rest);
  }

  /** Makes the next bytes the first chunk; those behind them are not copied. */
  #join(count: number): void {
    const joined = new Uint8Array(count);
    let [filled, used] = [0, 0];
    while (filled < count) {
      const chunk = this.#chunks[used]!;
      const part = chunk.subarray(0, count - filled);
      joined.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.#chunks[used] = chunk.subarray(part.length);
      else used++;
    }
    this.#chunks.splice(0, used, joined);
  }
}
