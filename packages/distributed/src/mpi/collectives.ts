/** @file What the MPI thread does with arrays, once all ranks have arrived. */
import type { NumberArray } from "../communicator.ts";
import { type MpiJob, transferSpin } from "./job.ts";
import { reduceInRankOrder } from "./reduce.ts";

/** Bytes that all ranks gather whole and add up each for itself: one exchange in place of two. */
const wholeBytes = 32 * 1024;
/** Elements that are reduced in one go; the ranks' parts of them lie in the caches. */
const segmentLength = 2 ** 20;
/** Most bytes of one message: MPI counts in int. */
const messageBytes = 2 ** 30;

const none = new Uint8Array(8);

function bytesOf(values: NumberArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The same numbers of bytes as the same type of numbers. */
function like(values: NumberArray, bytes: Uint8Array): NumberArray {
  const type = values.constructor as Float32ArrayConstructor;
  return new type(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / values.BYTES_PER_ELEMENT);
}

/** MPI's collectives, and ours made of them. `all` is what all ranks have, where it came along as they arrived. */
export class Collectives {
  readonly #job: MpiJob;
  #scratch = new Uint8Array(0);

  constructor(job: MpiJob) {
    this.#job = job;
  }

  /**
   * MPI leaves the order of a sum to the library, which chooses by message size, number of ranks and their placement.
   * Here each rank gets one part of everybody's values, adds it up in the order of the ranks, and gives it to all: as
   * many bytes as a ring takes.
   */
  allReduce(values: NumberArray, mean: boolean, all: Uint8Array | null): void {
    const divisor = mean ? this.#job.size : 1;
    if (all) {
      reduceInRankOrder(like(values, all), values, divisor);
      return;
    }
    for (let start = 0; start < values.length; start += segmentLength) {
      const segment = values.subarray(start, start + segmentLength);
      if (segment.byteLength * this.#job.size <= wholeBytes) this.#reduceWhole(segment, divisor);
      else this.#reduceInParts(segment, divisor);
    }
  }

  broadcast(bytes: Uint8Array, root: number, all: Uint8Array | null): void {
    if (all) {
      bytes.set(all.subarray(root * bytes.length, (root + 1) * bytes.length));
      return;
    }
    const { mpi } = this.#job;
    const { byte, world } = mpi.handles;
    for (let start = 0; start < bytes.length; start += messageBytes) {
      const part = bytes.subarray(start, start + messageBytes);
      this.#job.finish("broadcast", "MPI_Ibcast", transferSpin, (request) =>
        mpi.beginBroadcast(part, part.length, byte, root, world, request),
      );
    }
  }

  allGather(bytes: Uint8Array, into: Uint8Array, all: Uint8Array | null): void {
    if (all) {
      into.set(all);
      return;
    }
    const { length } = bytes;
    const most = Math.max(1, Math.floor(messageBytes / this.#job.size));
    if (length <= most) {
      this.#gather("allGather", bytes, into);
      return;
    }
    for (let start = 0; start < length; start += most) {
      const part = bytes.subarray(start, start + most);
      const parts = this.#room(part.length * this.#job.size);
      this.#gather("allGather", part, parts);
      for (let rank = 0; rank < this.#job.size; rank++) {
        into.set(parts.subarray(rank * part.length, (rank + 1) * part.length), rank * length + start);
      }
    }
  }

  #gather(what: string, bytes: Uint8Array, into: Uint8Array): void {
    const { mpi } = this.#job;
    const { byte, world } = mpi.handles;
    const [send, receive] = [bytes.length > 0 ? bytes : none, into.length > 0 ? into : none];
    this.#job.finish(what, "MPI_Iallgather", transferSpin, (request) =>
      mpi.beginAllGather(send, bytes.length, byte, receive, bytes.length, byte, world, request),
    );
  }

  #reduceWhole(values: NumberArray, divisor: number): void {
    const all = this.#room(values.byteLength * this.#job.size);
    this.#gather("allReduce", bytesOf(values), all);
    reduceInRankOrder(like(values, all), values, divisor);
  }

  #reduceInParts(values: NumberArray, divisor: number): void {
    const { mpi, rank, size } = this.#job;
    const { byte, world } = mpi.handles;
    const { counts, offsets } = partsOf(values.length, size, values.BYTES_PER_ELEMENT);
    const [bytes, own] = [bytesOf(values), counts[rank]!];
    const all = this.#room(own * size);
    const equal = new Int32Array(size).fill(own);
    const places = Int32Array.from(equal, (_, i) => i * own);
    const received = all.length > 0 ? all : none;
    this.#job.finish("allReduce", "MPI_Ialltoallv", transferSpin, (request) =>
      mpi.beginAllToAllV(bytes, counts, offsets, byte, received, equal, places, byte, world, request),
    );
    const part = bytes.subarray(offsets[rank], offsets[rank]! + own);
    reduceInRankOrder(like(values, all), like(values, part), divisor);
    this.#job.finish("allReduce", "MPI_Iallgatherv", transferSpin, (request) =>
      mpi.beginAllGatherV(mpi.abi.inPlace, 0, byte, bytes, counts, offsets, byte, world, request),
    );
  }

  /** Bytes that are free until the next call. */
  #room(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length);
    return this.#scratch.subarray(0, length);
  }
}

/** Cuts `length` elements into a part for each rank, as even as may be: byte counts and offsets. */
export function partsOf(
  length: number,
  ranks: number,
  elementBytes: number,
): { counts: Int32Array; offsets: Int32Array } {
  const offset = (rank: number) => Math.floor((length * rank) / ranks) * elementBytes;
  const offsets = Int32Array.from({ length: ranks }, (_, rank) => offset(rank));
  return { counts: offsets.map((from, rank) => offset(rank + 1) - from), offsets };
}
