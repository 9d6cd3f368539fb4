/** @file Ranks that begin with the same weights. */
import { ArgumentError, type Tensor } from "@tessera/tensor";
import type { Module } from "../module.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { WeightAverage } from "../optim/weight-average.ts";
import type { RankExchange } from "./rank-exchange.ts";

/**
 * Compares what the ranks begin with: iteration, epoch and batch, weights, statistics, the optimizer's slots, and an
 * average. All ranks fail alike.
 *
 * @throws ArgumentError naming the first that differs, and the rank
 */
export async function requireSameStart(
  ranks: RankExchange,
  { model, optimizer, ...place }: StartingPoint,
  average: WeightAverage | undefined,
): Promise<void> {
  const slots = optimizer.slots(model.parameters());
  const facts: Record<string, number> = {
    ...{ iterations: optimizer.iterations, epoch: place.epoch, batch: place.batch },
    "learning rate": optimizer.learningRate,
  };
  let different: string | null = null;
  try {
    const state = [
      ...model.state(),
      ...slots.map(([name, value]): Named => [`optimizer.${name}`, value]),
      ...(average?.state() ?? []).map(([name, value]): Named => [`average.${name}`, value]),
    ];
    const tensors = JSON.stringify(state.map(([name, { shape }]) => [name, shape]));
    const starts = await ranks.gatherJson<Record<string, number | string>>({ ...facts, tensors });
    const odd = starts.findIndex((each) => Object.keys(each).some((key) => each[key] !== starts[0]![key]));
    if (odd >= 0) throw differ(Object.keys(starts[0]!).find((key) => starts[odd]![key] !== starts[0]![key])!, odd);
    for (const [name, value] of state) if (!(await hasValuesOfFirst(ranks, value))) different ??= name;
  } finally {
    for (const [, slot] of slots) slot.dispose();
  }
  const found = await ranks.gatherJson(different);
  const odd = found.findIndex((each) => each !== null);
  if (odd >= 0) throw differ(found[odd]!, odd);
}

/** Where training begins. */
interface StartingPoint {
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly epoch: number;
  readonly batch: number;
}

type Named = [name: string, value: Tensor];

async function hasValuesOfFirst(ranks: RankExchange, value: Tensor): Promise<boolean> {
  const own = (await value.data()) as Float32Array;
  const first = own.slice();
  await ranks.broadcast(first);
  const [a, b] = [own, first].map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  return a!.every((bits, i) => bits === b![i]);
}

function differ(what: string, rank: number): ArgumentError {
  return new ArgumentError(`fit: ranks do not begin alike: rank ${rank} and rank 0 differ in ${what}`, {
    hints: ["give all ranks the same seed, and the same checkpoint to go on from"],
  });
}
