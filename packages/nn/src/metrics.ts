/** @file Averages over examples, from readings that arrive later. */
import { ArgumentError, mean, type Reading, type Tensor, topKHits } from "@tessera/tensor";

/** Share of rows whose label is among the k highest logits: a scalar. */
export function topKAccuracy(logits: Tensor, labels: Tensor, k: number): Tensor {
  return mean(topKHits(logits, labels, k));
}

/** What `classification` measures beside the loss: shares of examples whose label has the highest logit, or is among the five highest. */
export type ClassificationMetric = "accuracy" | "top5_accuracy";

/**
 * Means over a set of examples by their names: `loss` (of classification: cross-entropy per example in nats, plus the
 * penalties of weights if layers have regularizers), and the metrics of the objective.
 */
export type Metrics<Name extends string = ClassificationMetric> = { readonly loss: number } & {
  readonly [Key in Name]: number;
};

/** A batch on its way from the device. */
export interface PendingBatch {
  readonly readings: Readonly<Record<string, Reading>>;
  /** Counted in the rate of training. */
  readonly examples: number;
  /** What its means count for. */
  readonly weight: number;
}

/** Sums in the middle of an epoch, for checkpoints. */
export interface RunningState {
  readonly examples: number;
  readonly weight: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** How many batches may be unread at most. */
const maxUnread = 16;

/** Readings that may be unread at most: half of what their ring holds. */
const maxReadings = 512;

/** Milliseconds of work that may be unread: how long a signal or a drawing of progress may have to wait. */
const patience = 250;

/** Settles how many batches are to be waited for next, given how many seem right here. */
export type Pace = (unread: number) => Promise<number>;

const ownPace: Pace = async (unread) => unread;

/** Means over the examples of many batches, weighted by the batches' weights. */
export class RunningMetrics {
  readonly #waiting: PendingBatch[] = [];
  /** Batches since they were last waited for in turn. */
  #count = 0;
  #unread = 1;
  #settled = performance.now();
  #state: RunningState;
  readonly #pace: Pace;

  /** @param pace so that ranks wait for the same batches. Default: as it seems right here */
  constructor(state: RunningState = { examples: 0, weight: 0, sums: {} }, pace = ownPace) {
    this.#state = state;
    this.#pace = pace;
  }

  /**
   * Takes a batch's readings, and from time to time waits for those so far: the device never runs far ahead.
   *
   * @returns the values of each batch that has arrived with this call; `null` if it did not wait
   */
  async add(batch: PendingBatch): Promise<Record<string, number>[] | null> {
    this.#waiting.push(batch);
    this.#count++;
    if (this.#count < this.#unread) return null;
    const arrived = await this.settle();
    const elapsed = performance.now() - this.#settled;
    const most = Math.min(maxUnread, Math.floor(maxReadings / Object.keys(batch.readings).length));
    this.#unread = await this.#pace(Math.max(1, Math.min(most, Math.floor((patience * this.#count) / elapsed))));
    this.#count = 0;
    this.#settled = performance.now();
    return arrived;
  }

  /** Waits for every batch taken so far, and gives the values of those that have arrived with this call. */
  async settle(): Promise<Record<string, number>[]> {
    const arrived: Record<string, number>[] = [];
    for (const { readings, examples, weight } of this.#waiting.splice(0)) {
      const sums: Record<string, number> = { ...this.#state.sums };
      const values: Record<string, number> = {};
      for (const [name, reading] of Object.entries(readings)) {
        values[name] = await reading.value();
        sums[name] = (sums[name] ?? 0) + values[name] * weight;
      }
      this.#state = { examples: this.#state.examples + examples, weight: this.#state.weight + weight, sums };
      arrived.push(values);
    }
    return arrived;
  }

  /** Examples whose readings have arrived. */
  get examples(): number {
    return this.#state.examples;
  }

  /** Sums over the batches that have arrived. */
  get state(): RunningState {
    return this.#state;
  }

  /** Means over the batches whose readings have arrived; a loss of NaN before the first. */
  get means(): Metrics<string> {
    return meansOf(this.#state);
  }
}

/** Means from sums; a loss of NaN where there are none. */
export function meansOf({ weight, sums }: RunningState): Metrics<string> {
  const share = 1 / weight;
  const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum * share]));
  return { loss: Number.NaN, ...means };
}

/** Sums of several parts as those of the whole, in the order of the parts. */
export function mergeStates(states: readonly RunningState[]): RunningState {
  const sums: Record<string, number> = {};
  for (const state of states)
    for (const [name, sum] of Object.entries(state.sums)) sums[name] = (sums[name] ?? 0) + sum;
  const total = (key: "examples" | "weight") => states.reduce((sum, state) => sum + state[key], 0);
  return { examples: total("examples"), weight: total("weight"), sums };
}

/** The value of a metric, by the name that a callback monitors. */
export function monitored(who: string, result: Readonly<Record<string, unknown>>, name: string): number {
  const value = result[name];
  if (typeof value === "number") return value;
  const known = Object.keys(result).filter((key) => typeof result[key] === "number");
  throw new ArgumentError(`${who}: monitor: expected one of ${known.join(", ")}, got ${JSON.stringify(name)}`);
}
