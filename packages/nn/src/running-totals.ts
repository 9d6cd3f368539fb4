/** @file Sums over batches, for metrics that are no means over them. */
import type { Tensor } from "@tessera/tensor";
import type { Totals } from "./objective.ts";

/** Counts of many batches, summed in float64. */
export class RunningTotals {
  readonly #totals: Totals;
  #sums: Float64Array | null = null;

  constructor(totals: Totals) {
    this.#totals = totals;
  }

  /** What one batch is counted as. */
  count(outputs: Tensor, targets: Tensor): Tensor {
    return this.#totals.count(outputs, targets);
  }

  /** Waits for a batch's counts, and disposes of them. */
  async add(counts: Tensor): Promise<void> {
    try {
      const values = await counts.data();
      this.#sums ??= new Float64Array(values.length);
      for (let i = 0; i < values.length; i++) this.#sums[i]! += values[i]!;
    } finally {
      counts.dispose();
    }
  }

  /** The metrics of all batches so far. */
  metrics(): Readonly<Record<string, number>> {
    return this.#sums ? this.#totals.metrics(this.#sums) : {};
  }
}
