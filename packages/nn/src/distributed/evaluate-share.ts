/** @file Evaluation by several ranks. */
import { ArgumentError } from "@tessera/tensor";
import type { Batch } from "../batch.ts";
import { type Batches, type EvaluateOptions, sumsOver } from "../evaluate.ts";
import { type Metrics, meansOf, mergeStates } from "../metrics.ts";
import type { Module } from "../module.ts";
import type { RankExchange } from "./rank-exchange.ts";

/** `evaluate` where each rank measures every size-th batch; sums are added up in the order of the ranks, in float64. */
export async function evaluateShare(
  model: Module,
  batches: Batches,
  { ranks, ...options }: EvaluateOptions<string> & { readonly ranks: RankExchange },
): Promise<Metrics<string>> {
  const { state } = await sumsOver(model, everyNth(batches, ranks), options);
  const merged = mergeStates(await ranks.gatherJson(state));
  if (merged.examples === 0) throw new ArgumentError("evaluate: there are no batches");
  return meansOf(merged);
}

async function* everyNth(batches: Batches, { rank, size }: RankExchange): AsyncGenerator<Batch> {
  let i = 0;
  for await (const batch of batches) if (i++ % size === rank) yield batch;
}
