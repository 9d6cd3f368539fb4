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
import type { BatchTransform } from "./augment/batch-transform.ts";
import type { Batch, PixelScale } from "./batch.ts";
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
): Scalars<Name> {
  return forwardBatch(model, batch, options).scalars;
}

/** The same with what it follows from. */
export function forwardBatch<Name extends string>(
  model: Module,
  batch: Batch,
  { objective, pixels, transform }: Omit<StepOptions<Name>, "accumulate">,
): { scalars: Scalars<Name>; outputs: Tensor; targets: Tensor } {
  checkLabels(batch);
  const given = {
    images: pixels.apply(batch.images, batch.shape),
    targets: tensor(batch.labels, labelShapeOf(batch)),
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
    await device.tune(() => {
      scope(() => {
        gradients(measureBatch(this.model, batch, this.options).loss, parameters);
      });
    });
  }

  /** Enqueues a batch and, if it is the last of its step, the optimizer's update. */
  run(batch: Batch): PendingBatch {
    const { objective, accumulate } = this.options;
    const weight = weightOf(objective, batch);
    const readings = accumulate === 1 ? this.#whole(batch) : this.#part(batch, weight);
    if (this.#batches === accumulate) this.flush();
    return { readings, examples: batch.shape[0]!, weight };
  }

  /** Takes the step of the batches so far, if there are any: the last ones of an epoch may be fewer. */
  flush(): void {
    if (this.complete) return;
    const scale = this.#weight === 0 ? 1 : 1 / this.#weight;
    scope(() => this.optimizer.update(this.#sums.map((each) => each && mul(each, scale))));
    this.#forget();
    this.optimizer.device.submit();
  }

  /** Frees what was accumulated. */
  dispose(): void {
    this.#forget();
  }

  #whole(batch: Batch): Record<string, Reading> {
    return step(this.optimizer, () => measureBatch(this.model, batch, this.options) as Scalars<string>);
  }

  /** Each batch of a step has a number of its own, so that dropout's masks differ. */
  #part(batch: Batch, weight: number): Record<string, Reading> {
    const { device, iterations, parameters } = this.optimizer;
    device.stepWords.setInteger(stepSlot, iterations * this.options.accumulate + this.#batches);
    const before = this.#sums;
    const { readings, sums } = scope(() => {
      const scalars = measureBatch(this.model, batch, this.options);
      const found = gradients(scalars.loss, parameters, [tensor(new Float32Array([weight]), [], { device })]);
      const ring = stepRing(device);
      return {
        readings: Object.entries<Tensor>(scalars).map(([name, value]) => [name, ring.push(value)] as const),
        sums: found.map((gradient, i) => addMaybe(before[i] ?? null, gradient)),
      };
    });
    for (const each of sums) if (each) keep(each);
    for (const each of before) if (each && !sums.includes(each)) each.dispose();
    this.#sums = sums;
    this.#weight += weight;
    this.#batches++;
    device.submit();
    return Object.fromEntries(readings);
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
