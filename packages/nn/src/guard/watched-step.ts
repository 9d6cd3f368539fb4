/** @file A training step whose every layer is looked at. */
import { countNonFinite, keep, noGradient, scope, Tensor, watchGradient } from "@tessera/tensor";
import type { DeviceBatch } from "../augment/batch-transform.ts";
import type { Batch } from "../batch.ts";
import type { Module } from "../module.ts";
import { modulesOf } from "../modules-of.ts";
import type { Objective } from "../objective.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { type StepOptions, TrainingStep, weightOf } from "../training-step.ts";
import type { NonFinite } from "./non-finite.ts";

/** A batch as the model was given it: scaled and transformed. */
export interface FedBatch extends Batch {
  readonly images: Float32Array;
  readonly labelShape: readonly number[];
  /** What its means count for. */
  readonly weight: number;
}

/** What a step came to. */
interface WatchedStep {
  /** The first thing that was not finite; `null` if nothing was. */
  readonly found: NonFinite | null;
  /** Which of the step's batches it was in, counted from 0; of weights, the last. */
  readonly batch: number;
  readonly fed: readonly FedBatch[];
}

/** Something that was counted, and its count once the device is there. */
type Look = Omit<NonFinite, "count"> & { readonly batch: number; readonly count: Tensor };

/**
 * Takes a step of one batch, or of several whose gradients are accumulated: the very step that `TrainingStep` takes, to
 * the last bit.
 */
export async function watchedStep(
  model: Module,
  optimizer: Optimizer,
  batches: readonly Batch[],
  options: StepOptions<string>,
): Promise<WatchedStep> {
  const watch = new Watch();
  const stops = [watchLayers(model, watch), watchUpdate(model, optimizer, watch)];
  const fed: FedOnDevice[] = [];
  const step = new TrainingStep(model, optimizer, {
    ...options,
    objective: watchedObjective(options.objective, watch),
    transform: (given) => feed(options.transform?.(given) ?? given, fed, watch),
  });
  try {
    for (const batch of batches) {
      const { readings } = step.run(batch);
      watch.pending.push(readings.loss!.value());
      fed[watch.batch]!.weight = weightOf(options.objective, batch);
      watch.batch++;
    }
    step.flush();
    watch.batch = batches.length - 1;
    for (const [name, value] of model.state()) watch.look(value, { what: "weights", ...splitName(name) });
    return { ...(await watch.first()), fed: await Promise.all(fed.map(download)) };
  } finally {
    for (const stop of stops) stop();
    step.dispose();
    watch.dispose();
    for (const { images, targets } of fed) for (const each of [images, targets]) each.dispose();
  }
}

/** Looks at tensors, in the order of the work. */
class Watch {
  batch = 0;
  readonly pending: Promise<number>[] = [];
  readonly #looks: Look[] = [];

  look(value: Tensor, what: Omit<NonFinite, "count">): void {
    if (value.dtype !== "float32" || value.size === 0) return;
    const count = keep(scope(() => noGradient(() => countNonFinite([value]))));
    this.#looks.push({ ...what, batch: this.batch, count });
  }

  /** The first look that found something. */
  async first(): Promise<{ found: NonFinite | null; batch: number }> {
    const counts = await Promise.all(this.#looks.map(({ count }) => count.item()));
    const i = counts.findIndex((count) => count > 0);
    if (i >= 0) {
      const { batch, count: _, ...what } = this.#looks[i]!;
      return { found: { ...what, count: counts[i]! }, batch };
    }
    const losses = await Promise.all(this.pending);
    const odd = losses.findIndex((loss) => !Number.isFinite(loss));
    // The objective's own value was looked at: what has been added to it since is the penalty.
    return { found: odd < 0 ? null : { what: "penalty", layer: "", count: 1 }, batch: Math.max(0, odd) };
  }

  dispose(): void {
    for (const { count } of this.#looks) count.dispose();
  }
}

/** Has every module's output looked at, and the output's gradient, until the result is called. */
function watchLayers(model: Module, watch: Watch): () => void {
  const stops = [...modulesOf(model)].map(([layer, module]) => {
    const own = Object.getOwnPropertyDescriptor(module, "forward");
    const forward = module.forward.bind(module) as (...inputs: unknown[]) => unknown;
    const watched = (...inputs: unknown[]) => {
      const output = forward(...inputs);
      if (!(output instanceof Tensor)) return output;
      watch.look(output, { what: "output", layer });
      return watchGradient(output, (gradient) => watch.look(gradient, { what: "gradient", layer }));
    };
    Object.defineProperty(module, "forward", { value: watched, configurable: true });
    return () => {
      if (own) Object.defineProperty(module, "forward", own);
      else Reflect.deleteProperty(module, "forward");
    };
  });
  return () => {
    for (const stop of stops) stop();
  };
}

/** Has the gradients looked at that the optimizer is given, until the result is called. */
function watchUpdate(model: Module, optimizer: Optimizer, watch: Watch): () => void {
  const names = new Map(model.namedParameters().map(([name, value]) => [value, name]));
  const update = optimizer.update.bind(optimizer);
  optimizer.update = (gradients) => {
    const placed = () => optimizer.parameters.map((_, i) => optimizer.gradientRanges(i, i + 1)[0]!);
    const all = gradients === "placed" ? placed() : gradients;
    all.forEach((gradient, i) => {
      const name = names.get(optimizer.parameters[i]!) ?? "";
      if (gradient) watch.look(gradient, { what: "gradient", ...splitName(name) });
    });
    if (gradients === "placed") for (const gradient of all) gradient?.dispose();
    update(gradients);
  };
  return () => void Reflect.deleteProperty(optimizer, "update");
}

/** `block1.conv1.kernel` → the layer `block1.conv1` and its `kernel`. */
function splitName(name: string): { layer: string; tensor: string } {
  const dot = name.lastIndexOf(".");
  return { layer: name.slice(0, Math.max(0, dot)), tensor: name.slice(dot + 1) };
}

function watchedObjective(objective: Objective<string>, watch: Watch): Objective<string> {
  return {
    measure(outputs, targets, weight) {
      const scalars = objective.measure(outputs, targets, weight);
      watch.look(scalars.loss, { what: "loss", layer: "" });
      return scalars;
    },
    weight: (batch) => weightOf(objective, batch),
    refusal: (batch, outputs) => objective.refusal?.(batch, outputs) ?? null,
  };
}

/** A batch on the device, kept beyond the step's scope. */
interface FedOnDevice extends DeviceBatch {
  weight: number;
}

function feed(batch: DeviceBatch, fed: FedOnDevice[], watch: Watch): DeviceBatch {
  watch.look(batch.images, { what: "images", layer: "" });
  const second = (each: Tensor) => keep(new Tensor(each, each.storage, each.origin));
  fed.push({ images: second(batch.images), targets: second(batch.targets), weight: 0 });
  return batch;
}

async function download({ images, targets, weight }: FedOnDevice): Promise<FedBatch> {
  return {
    images: (await images.data()) as Float32Array,
    labels: (await targets.data()) as Int32Array | Float32Array,
    ...{ shape: images.shape, labelShape: targets.shape, weight },
  };
}
