/** @file Times of launches on the GPU's own clock: a pass each, with a timestamp on either side. */
import { profileRows } from "../profiler.ts";
import { bufferUsage } from "./usage.ts";

/** Passes whose timestamps one query set holds; WebGPU allows 4096 queries. */
const passesPerSet = 1024;

/** Timestamps are 64-bit counts of nanoseconds. */
const bytesPerPass = 16;

interface QuerySet {
  readonly queries: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly readback: GPUBuffer;
  /** The row of each pass. */
  readonly rows: number[];
}

/** The passes of one profile. */
export class Timestamps {
  readonly #device: GPUDevice;
  readonly #finished: QuerySet[] = [];
  #open: QuerySet | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Begins a pass whose time counts for `row`; the encoder has no pass open. */
  beginPass(encoder: GPUCommandEncoder, row: number): GPUComputePassEncoder {
    if (this.#open?.rows.length === passesPerSet) this.resolve(encoder);
    this.#open ??= this.#create();
    const { queries, rows } = this.#open;
    const first = 2 * rows.length;
    rows.push(row);
    return encoder.beginComputePass({
      timestampWrites: { querySet: queries, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 },
    });
  }

  /** Has the timestamps of the passes so far copied to where the host can read them: before the encoder is finished. */
  resolve(encoder: GPUCommandEncoder): void {
    if (!this.#open) return;
    const { queries, resolved, readback, rows } = this.#open;
    encoder.resolveQuerySet(queries, 0, 2 * rows.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readback, 0, rows.length * bytesPerPass);
    this.#finished.push(this.#open);
    this.#open = null;
  }

  /** Milliseconds of each row, once everything submitted has run. */
  async collect(): Promise<Float64Array> {
    const milliseconds = new Float64Array(profileRows);
    for (const { queries, resolved, readback, rows } of this.#finished) {
      try {
        await readback.mapAsync(1); // GPUMapMode.READ
        const stamps = new BigUint64Array(readback.getMappedRange());
        rows.forEach((row, i) => {
          // An adapter may give a later stamp that is smaller; WebGPU leaves that open.
          const nanoseconds = Number(BigInt.asIntN(64, stamps[2 * i + 1]! - stamps[2 * i]!));
          milliseconds[row]! += Math.max(0, nanoseconds) / 1e6;
        });
      } finally {
        queries.destroy();
        resolved.destroy();
        readback.destroy();
      }
    }
    return milliseconds;
  }

  #create(): QuerySet {
    const size = passesPerSet * bytesPerPass;
    return {
      queries: this.#device.createQuerySet({ type: "timestamp", count: 2 * passesPerSet }),
      resolved: this.#device.createBuffer({ size, usage: bufferUsage.queryResolve, label: "timestamps" }),
      readback: this.#device.createBuffer({ size, usage: bufferUsage.readback, label: "timestamps" }),
      rows: [],
    };
  }
}
