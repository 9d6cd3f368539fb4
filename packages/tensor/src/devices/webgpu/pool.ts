/** @file Buffers that are kept for reuse. The same sequence of calls gets the same buffers. */
import { DeviceError } from "../../errors.ts";
import { formatBytes } from "../format-bytes.ts";
import { sizeClass } from "../size-class.ts";

/** A pooled buffer; `id` orders buffers by age and names them in the keys of the bind-group cache. */
export interface PooledBuffer {
  readonly buffer: GPUBuffer;
  readonly id: number;
}

/** How a pool is bounded, and whom it tells what. */
export interface PoolOptions {
  readonly usage: GPUBufferUsageFlags;
  /** Most bytes in all buffers. Default: what the adapter gives. */
  readonly limit?: number;
  /** Hands over what is queued: a buffer that it uses may be destroyed afterwards, not before. */
  readonly flush: () => void;
  /** Carries an action out after what was handed over, which may still be waiting for the host. Default: at once. */
  readonly afterwards?: (action: () => void) => void;
  /** Told, later, that the adapter had no memory for a buffer. */
  readonly refused: (error: DeviceError) => void;
}

/**
 * Free buffers by size class, lowest id first: a step that asks in the same order as the step before it gets the same
 * buffers, so its bind groups are found in the cache.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #options: PoolOptions;
  readonly #free = new Map<number, PooledBuffer[]>();
  readonly #all = new Set<PooledBuffer>();
  /** Those that the adapter had no memory for. */
  readonly #invalid = new Set<PooledBuffer>();
  #nextId = 0;
  #reserved = 0;
  #live = 0;
  #liveBytes = 0;

  constructor(device: GPUDevice, options: PoolOptions) {
    this.#device = device;
    this.#options = options;
  }

  /** Bytes in use and kept. */
  get memory(): { liveBlocks: number; liveBytes: number; reservedBytes: number } {
    return { liveBlocks: this.#live, liveBytes: this.#liveBytes, reservedBytes: this.#reserved };
  }

  /** Buffers made so far, kept or not. */
  get made(): number {
    return this.#nextId;
  }

  /** @throws DeviceError if the adapter has no buffers as large, or the limit leaves no room; nothing has changed then */
  take(byteLength: number, purpose: string): PooledBuffer {
    const size = sizeClass(byteLength);
    const limit = Math.min(this.#device.limits.maxBufferSize, this.#device.limits.maxStorageBufferBindingSize);
    if (byteLength > limit) {
      throw new DeviceError(
        `webgpu: ${purpose} takes ${byteLength} bytes, one buffer of this adapter ${limit} at most`,
        { hints: ["use a smaller batch"] },
      );
    }
    const pooled =
      this.#free.get(size)?.shift() ?? this.#create(Math.min(size, limit - (limit % 4)), byteLength, purpose);
    this.#live++;
    this.#liveBytes += pooled.buffer.size;
    return pooled;
  }

  /** `keep: false` destroys the buffer, which no queued command may use any more. */
  give(pooled: PooledBuffer, keep = true): void {
    this.#live--;
    this.#liveBytes -= pooled.buffer.size;
    if (!keep || this.#invalid.has(pooled)) {
      this.#remove(pooled);
      return;
    }
    const size = sizeClass(pooled.buffer.size);
    const list = this.#free.get(size) ?? [];
    const after = list.findIndex(({ id }) => id > pooled.id);
    list.splice(after < 0 ? list.length : after, 0, pooled);
    this.#free.set(size, list);
  }

  destroy(): void {
    for (const { buffer } of this.#all) buffer.destroy();
  }

  #create(size: number, byteLength: number, purpose: string): PooledBuffer {
    const { usage, limit = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#reserved + size > limit) this.#trim();
    if (this.#reserved + size > limit) throw this.#outOfMemory(byteLength, purpose, ` of ${formatBytes(limit)} in use`);
    this.#device.pushErrorScope("out-of-memory");
    const buffer = this.#device.createBuffer({ size, usage, label: purpose });
    const pooled = { buffer, id: this.#nextId++ };
    void this.#device.popErrorScope().then((error) => {
      if (error) this.#refuse(pooled, byteLength, purpose);
    });
    this.#all.add(pooled);
    this.#reserved += size;
    return pooled;
  }

  /** Gives everything back that is kept for reuse: what is asked for may be of another size class. */
  #trim(): void {
    this.#options.flush();
    for (const list of this.#free.values()) for (const pooled of list) this.#remove(pooled);
    this.#free.clear();
  }

  #remove(pooled: PooledBuffer): void {
    this.#all.delete(pooled);
    this.#invalid.delete(pooled);
    this.#reserved -= pooled.buffer.size;
    const { afterwards = (action) => action() } = this.#options;
    afterwards(() => pooled.buffer.destroy());
  }

  /**
   * The adapter had no memory for a buffer: whatever uses it fails, and it is never handed out again. What is kept for
   * reuse goes back, too: it is of the batch that was too large, and a smaller one needs other sizes.
   */
  #refuse(pooled: PooledBuffer, byteLength: number, purpose: string): void {
    this.#options.refused(this.#outOfMemory(byteLength, purpose, " in use, and the adapter has no more"));
    if (!this.#all.has(pooled)) return; // it went with the others that were kept
    const list = this.#free.get(sizeClass(pooled.buffer.size));
    const index = list?.indexOf(pooled) ?? -1;
    if (index < 0) this.#invalid.add(pooled);
    else {
      list?.splice(index, 1);
      this.#remove(pooled);
    }
    this.#trim();
  }

  #outOfMemory(byteLength: number, purpose: string, state: string): DeviceError {
    return new DeviceError(
      `${purpose}: out of memory on the webgpu device: asked for ${formatBytes(byteLength)}, ${formatBytes(this.#liveBytes)}${state}`,
      { hints: ["use a smaller batch", "dispose tensors that are no longer needed"] },
    );
  }
}
