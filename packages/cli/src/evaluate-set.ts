/** @file A model measured on a whole set, with progress. */
import {
  classification,
  type DistributedOptions,
  evaluate,
  type Metrics,
  type Module,
  type Objective,
  type PixelScale,
} from "@tessera/nn";
import { batchesOf, countOf, type MeasuredImages, ranksByParts } from "./measured-images.ts";
import { progressBar } from "./progress.ts";

/** What is measured: the objective of training, and what becomes of it. */
export interface Measuring<Name extends string> {
  readonly pixels: PixelScale;
  readonly objective: Objective<Name>;
  /** The ranks that measure together. Default: this process alone. */
  readonly distributed?: DistributedOptions | undefined;
}

/** Measures a classifier. */
export function evaluateSet(model: Module, set: MeasuredImages, pixels: PixelScale, title: string): Promise<Metrics> {
  return measureSet(model, set, { pixels, objective: classification() }, title);
}

/** @param title what the progress is called */
export async function measureSet<Name extends string>(
  model: Module,
  set: MeasuredImages,
  measuring: Measuring<Name>,
  title: string,
): Promise<Metrics<Name>> {
  const start = performance.now();
  const bar = progressBar(title, countOf(set));
  const onBatch = (examples: number) => {
    const rate = (examples * 1000) / (performance.now() - start);
    bar.update(examples, `${rate.toFixed(0)} images/s`);
  };
  try {
    const ranks = ranksByParts(measuring.objective, measuring.distributed);
    return await evaluate(model, batchesOf(set, ranks), { ...measuring, onBatch });
  } finally {
    bar.stop();
  }
}
