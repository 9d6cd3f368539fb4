/** @file One batch through model, objective and optimizer; several of them where gradients are accumulated. */
import {
  ArgumentError,
  add,
  formatShape,
  gradients,
  keep,
  mul,
  type Reading,
  type Shape,
  scope,
  sizeOf,
  stepRing,
  stepSlot,
  type Tensor,
  tensor,
} from "@tessera/tensor";
import type { BatchTransform, TransformedPart } from "./augment/batch-transform.ts";
import type { Batch, PixelScale } from "./batch.ts";
import { partOfBatch, refusePart } from "./distributed/batch-part.ts";
import { GradientBuckets } from "./distributed/gradient-buckets.ts";
import type { RankExchange } from "./distributed/rank-exchange.ts";
import {
  rankStep,
  sendScalars,
  sendStatistics,
  setStepNumber,
  withBatchNormExchange,
} from "./distributed/rank-step.ts";
import type { ClassificationMetric, PendingBatch } from "./metrics.ts";
import type { Module } from "./module.ts";
import { labelShapeOf, type Objective, type Scalars } from "./objective.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import { step } from "./step.ts";

/** How a batch is trained on. */
export interface StepOptions<Name extends string = ClassificationMetric> {
  readonly objective: Objective<Name>;
  readonly pixels: PixelScale;
  readonly transform?: BatchTransform | undefined;
  /** Batches whose gradients make one step of the optimizer. */
  readonly accumulate: number;
  /** The ranks that take each step together. Default: none, this process alone. */
  readonly ranks?: RankExchange | undefined;
}

/** What a batch's means count for. */
export function weightOf<Name extends string>(objective: Objective<Name>, batch: Batch): number {
  return objective.weight ? objective.weight(batch) : batch.shape[0]!;
}

/** Loss (with the penalties of weights) and metrics of one batch. */
function measureBatch<Name extends string>(
  model: Module,
  batch: Batch,
  options: Omit<StepOptions<Name>, "accumulate">,
  part?: TransformedPart,
): Scalars<Name> {
  return forwardBatch(model, batch, options, part).scalars;
}

/** The same with what it follows from. */
export function forwardBatch<Name extends string>(
  model: Module,
  batch: Batch,
  { objective, pixels, transform }: Omit<StepOptions<Name>, "accumulate">,
  part?: TransformedPart,
): { scalars: Scalars<Name>; outputs: Tensor; targets: Tensor } {
  checkLabels(batch);
  const given = {
    images: pixels.apply(batch.images, batch.shape),
    targets: tensor(batch.labels, labelShapeOf(batch)),
    part,
  };
  const { images, targets } = transform ? transform(given) : given;
  const outputs = model.forward(images);
  const refusal = objective.refusal?.(batch, outputs.shape);
  if (refusal) throw new ArgumentError(refusal);
  const scalars = objective.measure(outputs, targets, weightOf(objective, batch));
  const penalty = model.penalty();
  return { scalars: penalty ? { ...scalars, loss: add(scalars.loss, penalty) } : scalars, outputs, targets };
}

function checkLabels(batch: Batch): void {
  const shape: Shape = labelShapeOf(batch);
  if (shape[0] === batch.shape[0] && sizeOf(shape) === batch.labels.length) return;
  const [images, labels] = [formatShape(batch.shape), formatShape(shape)];
  throw new ArgumentError(`batch: ${batch.labels.length} labels of shape ${labels} do not fit images of ${images}`);
}

/** A batch that is about to be measured. */
interface ReadyBatch<Name extends string> {
  readonly measure: () => Scalars<Name>;
  /** Names its random draws. */
  readonly number: number;
  /** Of all ranks. */
  readonly examples: number;
  /** What its means count for, of all ranks. */
  readonly weight: number;
  /** This rank's share of the weight. */
  readonly share: number;
}

/** Takes training steps. */
export class TrainingStep<Name extends string = ClassificationMetric> {
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly options: StepOptions<Name>;
  /** Sums of weight times gradient over the batches of the step in progress. */
  #sums: (Tensor | null)[] = [];
  #weight = 0;
  #batches = 0;

  constructor(model: Module, optimizer: Optimizer, options: StepOptions<Name>) {
    if (!Number.isInteger(options.accumulate) || options.accumulate < 1) {
      throw new ArgumentError(`fit: accumulate must be a whole number of at least 1, got ${options.accumulate}`);
    }
    this.model = model;
    this.optimizer = optimizer;
    this.options = options;
  }

  /** Whether no batch is waiting for others to make a step with. */
  get complete(): boolean {
    return this.#batches === 0;
  }

  /** On webgpu, has the tuner choose the kernels that such a batch takes; nothing is trained. */
  async tune(batch: Batch): Promise<void> {
    const { device, parameters } = this.optimizer;
    if (device.kind !== "webgpu") return;
    const { measure } = this.#ready(batch);
    await device.tune(() => {
      scope(() => {
        gradients(measure().loss, parameters);
      });
    });
  }

  /** Enqueues a batch and, if it is the last of its step, the optimizer's update. Of several ranks each takes its part. */
  run(batch: Batch): PendingBatch {
    const { accumulate, ranks } = this.options;
    const ready = this.#ready(batch);
    const readings = accumulate === 1 ? this.#whole(ready, ranks) : this.#part(ready, ranks);
    if (this.#batches === accumulate) this.flush();
    return { readings, examples: ready.examples, weight: ready.weight };
  }

  /** Takes the step of the batches so far, if there are any: the last ones of an epoch may be fewer. */
  flush(): void {
    if (this.complete) return;
    const { ranks } = this.options;
    const scale = this.#weight === 0 ? 1 : 1 / this.#weight;
    scope(() => {
      const means = this.#sums.map((each) => each && mul(each, scale));
      if (!ranks) return this.optimizer.update(means);
      const buckets = new GradientBuckets(this.optimizer, ranks);
      for (let i = means.length - 1; i >= 0; i--) buckets.place(i, means[i]!);
      buckets.returned();
      return this.optimizer.update("placed");
    });
    this.#forget();
    this.optimizer.device.submit();
  }

  /** Frees what was accumulated. */
  dispose(): void {
    this.#forget();
  }

  /** What is to be measured, and what it counts for. */
  #ready(whole: Batch): ReadyBatch<Name> {
    const { model, optimizer, options } = this;
    const { objective, accumulate, ranks } = options;
    const number = optimizer.iterations * accumulate + this.#batches;
    if (!ranks) {
      refusePart("fit", whole);
      const weight = weightOf(objective, whole);
      const measure = () => measureBatch(model, whole, options);
      return { measure, number, examples: whole.shape[0]!, weight, share: 1 };
    }
    const batch = partOfBatch(whole, ranks);
    const { first, total, idle } = batch.part;
    if (whole.part && objective.weight) {
      throw new ArgumentError("fit: an objective with weights of its own needs whole batches, of which it counts them");
    }
    const weight = objective.weight ? weightOf(objective, whole) : total;
    const own = idle ? 0 : weightOf(objective, batch);
    const exchange = ranks.batchNormOf(total, idle ? 0 : batch.shape[0]!);
    const measure = () =>
      withBatchNormExchange(model, exchange, () => measureBatch(model, batch, options, { first, step: number }));
    return { measure, number, examples: total, weight, share: weight === 0 ? 1 / ranks.size : own / weight };
  }

  #whole({ measure, share }: ReadyBatch<Name>, ranks: RankExchange | undefined): Record<string, Reading> {
    const { model, optimizer } = this;
    const body = () => measure() as Scalars<string>;
    return ranks ? rankStep({ model, optimizer, exchange: ranks, share }, body) : step(optimizer, body);
  }

  /** Each batch of a step has a number of its own, so that dropout's masks differ. */
  #part(
    { measure, number, weight, share }: ReadyBatch<Name>,
    ranks: RankExchange | undefined,
  ): Record<string, Reading> {
    const { device, parameters } = this.optimizer;
    if (ranks) setStepNumber(this.optimizer, number, ranks);
    else device.stepWords.setInteger(stepSlot, number);
    const before = this.#sums;
    const { readings, sums } = scope(() => {
      const scalars = measure();
      const means = ranks ? sendScalars(scalars, share, ranks) : () => pushAll(scalars);
      const statistics = ranks ? sendStatistics(this.model, share, ranks) : null;
      const seed = tensor(new Float32Array([share * weight]), [], { device });
      const found = gradients(scalars.loss, parameters, [seed]);
      statistics?.();
      return { readings: means(), sums: found.map((gradient, i) => addMaybe(before[i] ?? null, gradient)) };
    });
    for (const each of sums) if (each) keep(each);
    for (const each of before) if (each && !sums.includes(each)) each.dispose();
    this.#sums = sums;
    this.#weight += weight;
    this.#batches++;
    device.submit();
    return readings;
  }

  #forget(): void {
    for (const each of this.#sums) each?.dispose();
    this.#sums = [];
    this.#weight = 0;
    this.#batches = 0;
  }
}

function addMaybe(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a && b ? add(a, b) : (a ?? b);
}

function pushAll(scalars: Readonly<Record<string, Tensor>>): Record<string, Reading> {
  const entries = Object.entries(scalars);
  return Object.fromEntries(entries.map(([name, value]) => [name, stepRing(value.device).push(value)]));
}
