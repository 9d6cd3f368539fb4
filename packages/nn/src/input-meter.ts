/** @file Whether training waits for its input. */
import { type Device, defaultDevice, keep, type Tensor, tensor } from "@tessera/tensor";
import type { Batch } from "./batch.ts";
import type { Batches } from "./evaluate.ts";

/**
 * Measures for how long a device had nothing to do because the next batch was not there. Time in which a batch is late
 * while the device still works on those before it does not count.
 *
 * @example
 * const meter = new InputMeter();
 * await fit(model, optimizer, { train: (epoch) => meter.watch(batchesOf(epoch)) });
 * console.log(`idle for ${meter.waited / meter.elapsed} of the last epoch`);
 */
export class InputMeter {
  readonly #device: Device;
  /** Reading it waits for whatever was enqueued before. */
  #probe: Tensor | undefined;
  #begun = 0;
  #ended: number | undefined;
  #waited = 0;

  constructor(device: Device = defaultDevice()) {
    this.#device = device;
  }

  /** Milliseconds in which the device waited for the batches that are watched now, or were last. */
  get waited(): number {
    return this.#waited;
  }

  /** Milliseconds from the first of these batches being asked for to the last, or to now. */
  get elapsed(): number {
    return (this.#ended ?? performance.now()) - this.#begun;
  }

  /** Hands batches on, and measures from the beginning. */
  async *watch(batches: Batches): AsyncGenerator<Batch, void, undefined> {
    this.#waited = 0;
    this.#ended = undefined;
    this.#begun = performance.now();
    const iterator = Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
    try {
      for (;;) {
        const { done, value } = await this.#timed(async () => iterator.next());
        if (done) return;
        yield value;
      }
    } finally {
      this.#ended = performance.now();
      this.#probe?.dispose();
      this.#probe = undefined;
      await iterator.return?.();
    }
  }

  async #timed<T>(ask: () => Promise<T>): Promise<T> {
    let [arrived, idle] = [false, Number.POSITIVE_INFINITY];
    const asked = ask().finally(() => {
      arrived = true;
    });
    // What is ready comes before the next turn of the event loop, and the device is not asked then.
    await Promise.race([asked, new Promise((turn) => setTimeout(turn, 0))]);
    if (arrived) return asked;
    this.#idle().then(
      () => {
        idle = performance.now();
      },
      () => undefined, // Whoever reads a result of training is told.
    );
    const result = await asked;
    this.#waited += Math.max(0, performance.now() - idle);
    return result;
  }

  /** Resolves when the device has done all that it was given. */
  async #idle(): Promise<void> {
    this.#probe ??= keep(tensor(new Float32Array(1), [1], { device: this.#device }));
    await this.#probe.data();
  }
}
