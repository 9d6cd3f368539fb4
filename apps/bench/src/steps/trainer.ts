/** @file A network in training on one batch. */
import { adam, step } from "@tessera/nn";
import { scope } from "@tessera/tensor";
import { countFlops } from "./flops.ts";
import { lossOf, networks } from "./networks.ts";
import { makeWorkload, type Workload, writeWorkload } from "./workload.ts";

/** Takes steps on the default device, dropout included, as long as it is not disposed of. */
export class Trainer {
  readonly #workload: Workload;
  readonly #model;
  readonly #optimizer;

  constructor(network: string, batch: number) {
    this.#workload = makeWorkload(batch);
    this.#model = networks[network]!(true).train();
    this.#optimizer = adam(this.#model.parameters());
  }

  /** Multiplications and additions of a step. */
  flops(): number {
    return scope(() => countFlops(lossOf(this.#model, this.#workload)));
  }

  /** Milliseconds of a step; the round ends when its last loss and weights are there. Throws if the loss is no number. */
  async round(steps: number): Promise<number> {
    const start = performance.now();
    let loss = Number.NaN;
    for (let i = 0; i < steps; i++) {
      const readings = step(this.#optimizer, () => ({ loss: lossOf(this.#model, this.#workload) }));
      if (i === steps - 1) loss = await readings.loss.value();
    }
    // The loss is read when it is known, which may be before the update has run.
    await this.#model.parameters().at(-1)!.data();
    const elapsed = performance.now() - start;
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    return elapsed / steps;
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.#model.dispose();
  }
}

/** Writes weights and a batch for peers, and gives the loss that they must find, with nothing dropped. */
export async function writePeerWorkload(network: string, batch: number, file: string): Promise<number> {
  const workload = makeWorkload(batch);
  const model = networks[network]!(false);
  await writeWorkload(file, model, workload);
  const loss = scope(() => lossOf(model.train(), workload));
  const value = await loss.item();
  loss.dispose();
  model.dispose();
  return value;
}
