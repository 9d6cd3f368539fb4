/** @file Times commands: by the GPU's own clock where it has one, else by waiting for it. */
import { bufferUsage } from "./usage.ts";

/** Times one pass at a time. */
export class Timer {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet | null;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.features.has("timestamp-query")
      ? device.createQuerySet({ type: "timestamp", count: 2, label: "timer" })
      : null;
  }

  /** How to begin the pass that is to be timed. */
  get pass(): GPUComputePassDescriptor {
    if (!this.#queries) return {};
    return { timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } };
  }

  /** Milliseconds of the pass, which has ended in `encoder`; `submit` hands the encoder over. */
  async elapsed(encoder: GPUCommandEncoder, submit: () => void): Promise<number> {
    if (!this.#queries) {
      const start = performance.now();
      submit();
      await this.#device.queue.onSubmittedWorkDone();
      return performance.now() - start;
    }
    const stamps = this.#device.createBuffer({ size: 16, usage: bufferUsage.queryResolve, label: "timer" });
    const target = this.#device.createBuffer({ size: 16, usage: bufferUsage.readback, label: "timer" });
    try {
      encoder.resolveQuerySet(this.#queries, 0, 2, stamps, 0);
      encoder.copyBufferToBuffer(stamps, 0, target, 0, 16);
      submit();
      await target.mapAsync(1); // GPUMapMode.READ
      const [begin, end] = new BigUint64Array(target.getMappedRange()) as unknown as [bigint, bigint];
      return Number(end - begin) / 1e6;
    } finally {
      stamps.destroy();
      target.destroy();
    }
  }
}
