/** @file A ring of bytes that uploads pass through on their way into a block. */

interface Segment {
  readonly start: number;
  readonly end: number;
  /** The command that reads it. */
  readonly command: number;
}

/**
 * Hands out parts of a fixed range of addresses in a circle. The host writes a part at once, so it is handed out again
 * only when the command that reads it has run.
 */
export class Staging {
  readonly #address: number;
  readonly #byteLength: number;
  readonly #segments: Segment[] = [];
  #head = 0;

  constructor(address: number, byteLength: number) {
    this.#address = address;
    this.#byteLength = byteLength;
  }

  /** Address of `byteLength` bytes that `command` will read; -1 if none are free while `completed` is the last done. */
  take(byteLength: number, command: number, completed: number): number {
    while (this.#segments.length > 0 && this.#segments[0]!.command <= completed) this.#segments.shift();
    const start = this.#place(Math.ceil(byteLength / 64) * 64);
    if (start < 0) return -1;
    this.#head = start + Math.ceil(byteLength / 64) * 64;
    this.#segments.push({ start, end: this.#head, command });
    return this.#address + start;
  }

  #place(byteLength: number): number {
    const oldest = this.#segments[0];
    // Starting over whenever it is empty keeps small uploads in the same cache lines.
    if (!oldest) return byteLength <= this.#byteLength ? 0 : -1;
    const wrapped = this.#head <= oldest.start;
    const end = wrapped ? oldest.start : this.#byteLength;
    if (this.#head + byteLength <= end) return this.#head;
    return !wrapped && byteLength <= oldest.start ? 0 : -1;
  }
}
