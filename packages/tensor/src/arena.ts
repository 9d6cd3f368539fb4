/** @file Many tensors in a few large blocks, so that an optimizer's update is one launch per block. */
import type { Device } from "./devices/device.ts";
import { keep } from "./scope.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { emptyTensor, sliceStorage, Tensor, writeTensor } from "./tensor.ts";

/** Offsets are multiples of this many bytes: what WebGPU asks of a binding's offset. */
const alignment = 256;

/** Largest block of several tensors, in bytes: what WebGPU's default limits let a kernel bind. A larger one stands alone. */
const maxBlock = 128 * 1024 * 1024;

/** Where a tensor lies: which block, and from which byte on. */
interface Place {
  readonly block: number;
  readonly byteOffset: number;
}

/** Places of float32 tensors of these shapes, and the blocks' sizes in bytes. Equal shapes give equal places. */
function layOut(shapes: readonly Shape[]): { places: Place[]; blocks: number[] } {
  const blocks: number[] = [];
  const places = shapes.map((shape) => {
    const byteLength = Math.ceil((sizeOf(shape) * 4) / alignment) * alignment;
    const last = blocks.length - 1;
    if (last < 0 || blocks[last]! + byteLength > maxBlock) blocks.push(0);
    const block = blocks.length - 1;
    const byteOffset = blocks[block]!;
    blocks[block] = byteOffset + byteLength;
    return { block, byteOffset };
  });
  return { places, blocks };
}

/** float32 tensors side by side. Arenas made for the same shapes have the same layout, padding included. */
export class Arena {
  readonly device: Device;
  /** The blocks as flat tensors, padding included: what an update is launched over. Starts as zeros. */
  readonly blocks: readonly Tensor[];
  readonly #shapes: readonly Shape[];
  readonly #places: readonly Place[];
  readonly #origin: string;

  /** @throws DeviceError when the memory is used up; nothing is kept of it then */
  constructor(device: Device, shapes: readonly Shape[], origin: string) {
    const { places, blocks } = layOut(shapes);
    this.device = device;
    this.#shapes = shapes;
    this.#places = places;
    this.#origin = origin;
    this.blocks = allZeros(device, blocks, origin);
  }

  /** A handle of the tensor with this index. It is the caller's; the memory stays the arena's. */
  view(index: number): Tensor {
    const { block, byteOffset } = this.#places[index]!;
    const shape = this.#shapes[index]!;
    const storage = sliceStorage(this.blocks[block]!.storage, byteOffset, sizeOf(shape) * 4);
    return new Tensor({ shape, dtype: "float32" }, storage, this.#origin);
  }

  /**
   * The tensors from index `start` up to `end` as flat tensors, padding included: one for each block that they lie in.
   * The handles are the caller's; the memory stays the arena's.
   */
  ranges(start: number, end: number): Tensor[] {
    const places = this.#places.slice(start, end);
    return [...new Set(places.map(({ block }) => block))].map((block) => {
      const own = places.filter((place) => place.block === block);
      const from = own[0]!.byteOffset;
      const next = this.#places.find((place, i) => i >= end && place.block === block);
      const size = (next?.byteOffset ?? this.blocks[block]!.size * 4) - from;
      const storage = sliceStorage(this.blocks[block]!.storage, from, size);
      return new Tensor({ shape: [size / 4], dtype: "float32" }, storage, this.#origin);
    });
  }

  dispose(): void {
    for (const block of this.blocks) block.dispose();
  }
}

/** A flat tensor of each size, or none at all where one does not fit. */
function allZeros(device: Device, byteLengths: readonly number[], origin: string): Tensor[] {
  const made: Tensor[] = [];
  try {
    for (const byteLength of byteLengths) {
      const flat = keep(emptyTensor(device, { shape: [byteLength / 4], dtype: "float32" }, origin));
      made.push(flat);
      writeTensor(flat, new Float32Array(byteLength / 4));
    }
    return made;
  } catch (error) {
    for (const flat of made) flat.dispose();
    throw error;
  }
}
