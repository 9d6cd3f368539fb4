/** @file Evaluation by several ranks. */
import { ArgumentError } from "@tessera/tensor";
import type { Batch } from "../batch.ts";
import { type Batches, type EvaluateOptions, sumsOver } from "../evaluate.ts";
import { type Metrics, meansOf, mergeStates } from "../metrics.ts";
import type { Module } from "../module.ts";
import { partOfBatch, refusePart } from "./batch-part.ts";
import type { RankExchange } from "./rank-exchange.ts";

/** `evaluate` where each rank measures its part of each batch; sums are added up in the order of the ranks, in float64. */
export async function evaluateShare<Name extends string>(
  model: Module,
  batches: Batches,
  { ranks, ...options }: EvaluateOptions<Name> & { readonly ranks: RankExchange },
): Promise<Metrics<Name>> {
  const { state } = await sumsOver(model, ownParts(batches, ranks), options);
  const merged = mergeStates(await ranks.gatherJson(state));
  if (merged.examples === 0) throw new ArgumentError("evaluate: there are no batches");
  return meansOf(merged) as Metrics<Name>;
}

async function* ownParts(batches: Batches, ranks: RankExchange): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    const part = partOfBatch(batch, ranks);
    if (!part.part.idle) yield part;
  }
}

/** Batches that are gone through as they are: by a process alone, or by every rank. */
export async function* wholeBatches(batches: Batches, ranks?: RankExchange): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    if (ranks && batch.part)
      throw new ArgumentError("evaluate: an objective with totals needs whole batches, got a part of one");
    if (!ranks) refusePart("evaluate", batch);
    yield batch;
  }
}
