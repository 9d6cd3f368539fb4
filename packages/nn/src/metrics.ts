/** @file Averages over examples, from readings that arrive later. */
import { mean, type Reading, type Tensor, topKHits } from "@tessera/tensor";

/** Share of rows whose label is among the k highest logits: a scalar. */
export function topKAccuracy(logits: Tensor, labels: Tensor, k: number): Tensor {
  return mean(topKHits(logits, labels, k));
}

/** What is measured of a set of examples, as Keras names it. */
export interface Metrics {
  /** Mean cross-entropy per example, in nats, plus the penalties of weights if layers have regularizers. */
  readonly loss: number;
  /** Share of examples whose label has the highest logit. */
  readonly accuracy: number;
  /** Share of examples whose label is among the five highest logits. */
  readonly top5_accuracy: number;
}

/** The readings of one batch. */
export interface BatchReadings {
  readonly loss: Reading;
  readonly accuracy: Reading;
  readonly top5: Reading;
}

/** How many batches may be unread at most: far below what the ring of readings holds, three readings a batch. */
const maxUnread = 16;

/** Milliseconds of work that may be unread: how long a signal or a drawing of progress may have to wait. */
const patience = 250;

/** Means over the examples of many batches, weighted by the batches' sizes. */
export class RunningMetrics {
  readonly #waiting: { readonly readings: BatchReadings; readonly examples: number }[] = [];
  #unread = 1;
  #settled = performance.now();
  #examples = 0;
  #loss = 0;
  #accuracy = 0;
  #top5 = 0;

  /** Takes a batch's readings, and from time to time waits for those so far: the device never runs far ahead. */
  async add(readings: BatchReadings, examples: number): Promise<void> {
    this.#waiting.push({ readings, examples });
    const count = this.#waiting.length;
    if (count < this.#unread) return;
    await this.settle();
    const now = performance.now();
    this.#unread = Math.max(1, Math.min(maxUnread, Math.floor((patience * count) / (now - this.#settled))));
    this.#settled = now;
  }

  /** Waits for every batch taken so far. */
  async settle(): Promise<void> {
    for (const { readings, examples } of this.#waiting.splice(0)) {
      this.#examples += examples;
      this.#loss += (await readings.loss.value()) * examples;
      this.#accuracy += (await readings.accuracy.value()) * examples;
      this.#top5 += (await readings.top5.value()) * examples;
    }
  }

  /** Examples whose readings have arrived. */
  get examples(): number {
    return this.#examples;
  }

  /** Means over the examples whose readings have arrived; NaN before the first. */
  get means(): Metrics {
    const share = 1 / this.#examples;
    return { loss: this.#loss * share, accuracy: this.#accuracy * share, top5_accuracy: this.#top5 * share };
  }
}
