/** @file One training step on a rank's part of a batch. */
import {
  type BatchNormExchange,
  gradients,
  type HostLoan,
  lendToHost,
  type Reading,
  scope,
  stepRing,
  stepSlot,
  type Tensor,
  tensor,
} from "@tessera/tensor";
import { BatchNormalization } from "../layers/batch-normalization.ts";
import type { Module } from "../module.ts";
import { modulesOf } from "../modules-of.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Readings } from "../step.ts";
import { GradientBuckets } from "./gradient-buckets.ts";
import { copyBack, type Packed, packTensors } from "./packed-tensors.ts";
import type { RankExchange } from "./rank-exchange.ts";

/** What a rank's part of a batch counts for in the whole: its weight over that of all. */
export type Share = number;

/** Names the masks of a step's part: no two parts of a training draw the same. */
export function setStepNumber({ device }: Optimizer, number: number, { rank, size }: RankExchange): void {
  device.stepWords.setInteger(stepSlot, (number * size + rank) % 2 ** 32);
}

/**
 * `step` on a part of a batch. Loss and metrics are those of the whole batch, and so are the gradients that the optimizer
 * gets: Σ share · gradient, in the order of the ranks. Gradients are sent as soon as they are whole.
 */
export function rankStep<Scalars extends { readonly loss: Tensor }>(
  { model, optimizer, exchange, share }: { model: Module; optimizer: Optimizer; exchange: RankExchange; share: Share },
  body: () => Scalars,
): Readings<Scalars> {
  const { device } = optimizer;
  setStepNumber(optimizer, optimizer.iterations, exchange);
  const readings = scope(() => {
    const scalars = body();
    const means = sendScalars(scalars, share, exchange);
    const statistics = sendStatistics(model, share, exchange);
    const buckets = new GradientBuckets(optimizer, exchange);
    const seed = tensor(Float32Array.of(share), [], { device });
    gradients(scalars.loss, optimizer.parameters, [seed], (i, gradient) => buckets.place(i, gradient));
    statistics?.();
    buckets.returned();
    optimizer.update("placed");
    return means();
  });
  device.submit();
  return readings as Readings<Scalars>;
}

/** Has the model's batch normalisations ask `exchange` for statistics while `body` runs. */
export function withBatchNormExchange<T>(model: Module, exchange: BatchNormExchange | null, body: () => T): T {
  const layers = [...modulesOf(model).values()].filter((module) => module instanceof BatchNormalization);
  for (const layer of layers) layer.exchange = exchange;
  try {
    return body();
  } finally {
    for (const layer of layers) layer.exchange = null;
  }
}

/** Lends scalars to the host, which makes those of the whole batch of them; the result waits, and reads them. */
export function sendScalars(
  scalars: Readonly<Record<string, Tensor>>,
  share: Share,
  exchange: RankExchange,
): () => Record<string, Reading> {
  const names = Object.keys(scalars);
  const packed = packTensors(Object.values(scalars));
  const loan = lendWeighted(packed, share, exchange);
  return () => {
    loan.returned();
    const ring = stepRing(packed.tensor.device);
    const parts = packed.unpack();
    return Object.fromEntries(names.map((name, i) => [name, ring.push(parts[i]!)]));
  };
}

/** Where every rank normalises by its own statistics, the moving ones become their mean; the result waits, and keeps it. */
export function sendStatistics(model: Module, share: Share, exchange: RankExchange): (() => void) | null {
  if (exchange.batchNorm === "synchronised") return null;
  const moving = model.state().flatMap(([, value]) => (value.requiresGradient ? [] : [value]));
  if (moving.length === 0) return null;
  const packed = packTensors(moving);
  const loan = lendWeighted(packed, share, exchange);
  return () => {
    loan.returned();
    copyBack(packed, moving);
  };
}

/** values ← Σ share · values over the ranks, in float64. A part that counts for nothing may hold anything. */
function lendWeighted({ tensor: packed }: Packed, share: Share, exchange: RankExchange): HostLoan {
  return lendToHost(packed, async (values) => {
    const weighted = Float64Array.from(values, (value) => (share === 0 ? 0 : value * share));
    await exchange.sum(weighted);
    values.set(weighted);
  });
}
