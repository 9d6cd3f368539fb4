/** @file Hands out addresses of one linear memory. Pure bookkeeping: it never touches the memory. */
import { DeviceError } from "../../errors.ts";
import { formatBytes } from "../format-bytes.ts";

/** Blocks start at multiples of a cache line. */
const alignment = 64;

/**
 * Bytes of every block past those asked for, so that a kernel may read one vector group past the end. It also keeps
 * blocks of power-of-two size from all starting at the same offset of a page, where they would share cache sets.
 */
const padding = 64;

interface Span {
  start: number;
  end: number;
}

/** The part of a memory that an {@link Allocator} manages, and how it gets more. */
export interface MemoryRange {
  readonly start: number;
  readonly end: number;
  /** Adds at least `byteLength` bytes at the end; gives the bytes added, 0 if that is impossible. */
  readonly grow: (byteLength: number) => number;
  /** Most bytes that there can ever be, for messages. */
  readonly limit: number;
}

/**
 * First fit at the lowest address, neighbours merged as they are freed: the same calls always give the same
 * addresses, so every step of a training run uses the same blocks, and no size class strands memory.
 */
export class Allocator {
  readonly #range: MemoryRange;
  /** Free spans in order of address; no two touch. */
  readonly #free: Span[] = [];
  readonly #live = new Map<number, number>();
  #liveBytes = 0;
  #end: number;
  #limit: number;

  constructor(range: MemoryRange) {
    this.#range = range;
    this.#end = range.end;
    this.#limit = range.limit;
    if (range.end > range.start) this.#free.push({ start: range.start, end: range.end });
  }

  get liveBlocks(): number {
    return this.#live.size;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** @throws DeviceError when the memory is used up; nothing has changed then */
  allocate(byteLength: number, purpose: string): number {
    const size = Math.ceil((byteLength + padding) / alignment) * alignment;
    let index = this.#firstFit(size);
    if (index < 0) {
      this.#grow(size, byteLength, purpose);
      index = this.#free.length - 1;
    }
    const span = this.#free[index]!;
    const address = span.start;
    span.start += size;
    if (span.start === span.end) this.#free.splice(index, 1);
    this.#live.set(address, size);
    this.#liveBytes += size;
    return address;
  }

  /**
   * Hands out nothing from `end` on any more: what was added turned out not to be there, and there can be no more than
   * `limit`. Does nothing where the memory ends at `end`. Blocks behind it stay handed out until they are freed.
   */
  shrinkTo(end: number, limit: number): void {
    if (end >= this.#end) return;
    this.#end = end;
    this.#limit = limit;
    const kept = this.#free.filter((span) => span.start < end);
    for (const span of kept) span.end = Math.min(span.end, end);
    this.#free.splice(0, this.#free.length, ...kept);
  }

  /** @throws DeviceError if no block starts at `address` */
  free(address: number): void {
    const size = this.#live.get(address);
    if (size === undefined)
      throw new DeviceError(`cpu: no block starts at ${address}: it was freed before, or is a part`);
    this.#live.delete(address);
    this.#liveBytes -= size;
    if (address < this.#end) this.#insert(address, Math.min(address + size, this.#end));
  }

  #firstFit(size: number): number {
    return this.#free.findIndex((span) => span.end - span.start >= size);
  }

  /** Leaves a last free span of at least `size` bytes. */
  #grow(size: number, byteLength: number, purpose: string): void {
    const last = this.#free.at(-1);
    const atEnd = last && last.end === this.#end ? last.end - last.start : 0;
    const added = this.#range.grow(size - atEnd);
    if (added === 0) throw this.#outOfMemory(byteLength, purpose);
    this.#insert(this.#end, this.#end + added);
    this.#end += added;
  }

  #insert(start: number, end: number): void {
    let low = 0;
    for (let high = this.#free.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.#free[middle]!.start < start) low = middle + 1;
      else high = middle;
    }
    const before = this.#free[low - 1];
    const after = this.#free[low];
    if (before?.end === start && after?.start === end) {
      before.end = after.end;
      this.#free.splice(low, 1);
    } else if (before?.end === start) before.end = end;
    else if (after?.start === end) after.start = start;
    else this.#free.splice(low, 0, { start, end });
  }

  #outOfMemory(byteLength: number, purpose: string): DeviceError {
    const limit = this.#limit;
    const pieces = this.#free.map(({ start, end }) => (end === this.#end ? limit : end) - start);
    const largest = formatBytes(Math.max(limit - this.#end, ...pieces));
    const use = `${formatBytes(this.#liveBytes)} of ${formatBytes(limit)} in use, at most ${largest} free in one piece`;
    return new DeviceError(
      `${purpose}: out of memory on the cpu device: asked for ${formatBytes(byteLength)}, ${use}`,
      {
        hints: ["use a smaller batch", "dispose tensors that are no longer needed"],
      },
    );
  }
}
