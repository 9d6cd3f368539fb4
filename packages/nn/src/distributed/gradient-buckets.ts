/** @file Gradients on their way to the other ranks while the backward pass goes on. */
import { type HostLoan, lendToHost, sizeOf, type Tensor } from "@tessera/tensor";
import type { Optimizer } from "../optim/optimizer.ts";
import type { RankExchange } from "./rank-exchange.ts";

/** Bytes of a bucket at least: fewer, and each exchange's latency counts; more, and the last one is waited for. */
const bucketBytes = 4 << 20;

/** Neighbours in the optimizer's arena whose gradients are added up together. */
interface Bucket {
  readonly start: number;
  readonly end: number;
  missing: number;
}

/** One step's gradients, added up over the ranks where they lie in the optimizer's arena. */
export class GradientBuckets {
  readonly #optimizer: Optimizer;
  readonly #exchange: RankExchange;
  readonly #bucketOf: Bucket[] = [];
  readonly #loans: HostLoan[] = [];

  constructor(optimizer: Optimizer, exchange: RankExchange) {
    this.#optimizer = optimizer;
    this.#exchange = exchange;
    for (const bucket of bucketsOf(optimizer.parameters)) {
      for (let i = bucket.start; i < bucket.end; i++) this.#bucketOf[i] = bucket;
    }
  }

  /** Takes the gradient of parameter `i`; a bucket that is full is sent. `null` counts as zeros. */
  place(i: number, gradient: Tensor | null): void {
    this.#optimizer.placeGradient(i, gradient);
    const bucket = this.#bucketOf[i]!;
    bucket.missing--;
    if (bucket.missing > 0) return;
    for (const range of this.#optimizer.gradientRanges(bucket.start, bucket.end)) {
      this.#loans.push(lendToHost(range, (values) => this.#exchange.sum(values)));
    }
  }

  /** What is enqueued from now on sees the sums. */
  returned(): void {
    for (const loan of this.#loans) loan.returned();
  }
}

/** From the last parameters, whose gradients come first, to the first. */
function bucketsOf(parameters: readonly Tensor[]): Bucket[] {
  const buckets: Bucket[] = [];
  let end = parameters.length;
  let bytes = 0;
  for (let start = end - 1; start >= 0; start--) {
    bytes += sizeOf(parameters[start]!.shape) * 4;
    if (bytes < bucketBytes && start > 0) continue;
    buckets.push({ start, end, missing: end - start });
    [end, bytes] = [start, 0];
  }
  return buckets;
}
