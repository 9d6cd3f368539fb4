/** @file What the ranks tell each other in training, one thing after the other. */
import type { BatchNormExchange } from "@tessera/tensor";
import { parseJson, writeJson } from "../json-numbers.ts";
import type { DistributedOptions, RankCommunicator } from "./communicator.ts";

/**
 * Exchanges in the order of their calls. Those inside of a step begin in the order of the device's commands; others are
 * made only where none of those is left, after readings have arrived. So every rank makes them in the same order.
 */
export class RankExchange {
  readonly rank: number;
  readonly size: number;
  readonly batchNorm: NonNullable<DistributedOptions["batchNorm"]>;
  readonly #communicator: RankCommunicator;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ communicator, batchNorm = "synchronised" }: DistributedOptions) {
    this.rank = communicator.rank;
    this.size = communicator.size;
    this.batchNorm = batchNorm;
    this.#communicator = communicator;
  }

  /** values ← Σ over the ranks. */
  sum(values: Float32Array | Float64Array): Promise<void> {
    return this.#inTurn(() => this.#communicator.allReduce(values));
  }

  broadcast(values: Float32Array | Int32Array | Uint8Array, root = 0): Promise<void> {
    return this.#inTurn(() => this.#communicator.broadcast(values, root));
  }

  /** The ranks' values, one after the other. */
  async gather(values: Float32Array | Int32Array): Promise<Float32Array | Int32Array> {
    const type = values.constructor as Float32ArrayConstructor;
    const into = new type(values.length * this.size);
    await this.#inTurn(() => this.#communicator.allGather(values as Float32Array, into));
    return into;
  }

  /** Every rank's value, in their order; of JSON's kinds, and numbers that JSON does not have. */
  gatherJson<Value>(value: Value): Promise<Value[]> {
    return this.#inTurn(async () => {
      const bytes = new TextEncoder().encode(writeJson(value));
      const lengths = new Int32Array(this.size);
      await this.#communicator.allGather(Int32Array.of(bytes.length), lengths);
      const room = Math.max(...lengths);
      const [own, all] = [new Uint8Array(room), new Uint8Array(room * this.size)];
      own.set(bytes);
      await this.#communicator.allGather(own, all);
      return Array.from(lengths, (length, rank) => {
        const text = new TextDecoder().decode(all.subarray(rank * room, rank * room + length));
        return parseJson(text) as Value;
      });
    });
  }

  /**
   * How a step's batch normalisations come to the statistics of the whole batch; `null` where each rank has its own.
   *
   * @param examples of the whole batch
   * @param own of this rank's part, that count
   */
  batchNormOf(examples: number, own: number): BatchNormExchange | null {
    if (this.batchNorm === "perRank") return null;
    return {
      examples,
      statistics: async (mean, variance) => {
        const { length } = mean;
        const values = new Float32Array(1 + 2 * length);
        values[0] = own;
        values.set(mean, 1);
        values.set(variance, 1 + length);
        mergeMoments(await this.gather(values), mean, variance);
      },
      sums: async (first, second) => {
        const values = new Float32Array(2 * first.length);
        values.set(first);
        values.set(second, first.length);
        await this.sum(values);
        first.set(values.subarray(0, first.length));
        second.set(values.subarray(first.length));
      },
    };
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(call);
    this.#last = turn;
    return turn;
  }
}

/** `undefined` for a process alone. */
export function exchangeOf(distributed: DistributedOptions | undefined): RankExchange | undefined {
  return distributed && distributed.communicator.size > 1 ? new RankExchange(distributed) : undefined;
}

/**
 * Mean and biased variance of a whole from those of its parts: m = Σ n m_r / Σ n and Σ n (v_r + (m_r − m)²) / Σ n, in
 * float64 in the order of the parts (Chan, Golub and LeVeque, 1983).
 *
 * @param parts of each part its number of examples, its means and its variances
 */
export function mergeMoments(parts: ArrayLike<number>, mean: Float32Array, variance: Float32Array): void {
  const { length } = mean;
  const stride = 1 + 2 * length;
  const starts = Array.from({ length: parts.length / stride }, (_, i) => i * stride).filter((at) => parts[at]! > 0);
  const total = starts.reduce((sum, at) => sum + parts[at]!, 0);
  for (let c = 0; c < length; c++) {
    const average = starts.reduce((sum, at) => sum + parts[at]! * parts[at + 1 + c]!, 0) / total;
    const spread = starts.reduce((sum, at) => {
      const distance = parts[at + 1 + c]! - average;
      return sum + parts[at]! * (parts[at + 1 + length + c]! + distance * distance);
    }, 0);
    mean[c] = average;
    variance[c] = spread / total;
  }
}
