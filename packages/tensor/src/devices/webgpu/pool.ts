/** @file Buffers that are kept for reuse. The same sequence of calls gets the same buffers. */
import { DeviceError } from "../../errors.ts";
import { sizeClass } from "../size-class.ts";

/** A pooled buffer; `id` orders buffers by age and names them in the keys of the bind-group cache. */
export interface PooledBuffer {
  readonly buffer: GPUBuffer;
  readonly id: number;
}

/**
 * Free buffers by size class, lowest id first: a step that asks in the same order as the step before it gets the same
 * buffers, so its bind groups are found in the cache.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #usage: GPUBufferUsageFlags;
  readonly #free = new Map<number, PooledBuffer[]>();
  readonly #all: PooledBuffer[] = [];
  #nextId = 0;
  #reserved = 0;
  #live = 0;
  #liveBytes = 0;

  constructor(device: GPUDevice, usage: GPUBufferUsageFlags) {
    this.#device = device;
    this.#usage = usage;
  }

  /** Bytes in use and kept. */
  get memory(): { liveBlocks: number; liveBytes: number; reservedBytes: number } {
    return { liveBlocks: this.#live, liveBytes: this.#liveBytes, reservedBytes: this.#reserved };
  }

  take(byteLength: number, purpose: string): PooledBuffer {
    const size = sizeClass(byteLength);
    const limit = Math.min(this.#device.limits.maxBufferSize, this.#device.limits.maxStorageBufferBindingSize);
    if (byteLength > limit) {
      throw new DeviceError(
        `webgpu: ${purpose} takes ${byteLength} bytes, one buffer of this adapter ${limit} at most`,
        {
          hints: ["use a smaller batch"],
        },
      );
    }
    const pooled = this.#free.get(size)?.shift() ?? this.#create(Math.min(size, limit - (limit % 4)), purpose);
    this.#live++;
    this.#liveBytes += pooled.buffer.size;
    return pooled;
  }

  give(pooled: PooledBuffer): void {
    this.#live--;
    this.#liveBytes -= pooled.buffer.size;
    const size = sizeClass(pooled.buffer.size);
    const list = this.#free.get(size) ?? [];
    const after = list.findIndex(({ id }) => id > pooled.id);
    list.splice(after < 0 ? list.length : after, 0, pooled);
    this.#free.set(size, list);
  }

  destroy(): void {
    for (const { buffer } of this.#all) buffer.destroy();
  }

  #create(size: number, label: string): PooledBuffer {
    const pooled = { buffer: this.#device.createBuffer({ size, usage: this.#usage, label }), id: this.#nextId++ };
    this.#all.push(pooled);
    this.#reserved += size;
    return pooled;
  }
}
