/** @file A model measured on a whole set, with progress. */
import { batches, type ImageSet, type Pixels } from "@tessera/data";
import { classification, evaluate, type Metrics, type Module, type Objective, type PixelScale } from "@tessera/nn";
import { progressBar } from "./progress.ts";

/** Images in a step of evaluation, where no gradients take memory: 100 of 32 × 32, fewer of larger ones. */
export function evaluationBatch({ shape: [, height, width] }: ImageSet<Pixels>): number {
  return Math.max(1, Math.min(100, Math.floor((400 * 32 * 32) / (height * width))));
}

/** What is measured: the objective of training, and what becomes of it. */
export interface Measuring<Name extends string> {
  readonly pixels: PixelScale;
  readonly objective: Objective<Name>;
}

/** Measures a classifier. */
export function evaluateSet(model: Module, set: ImageSet<Pixels>, pixels: PixelScale, title: string): Promise<Metrics> {
  return measureSet(model, set, { pixels, objective: classification() }, title);
}

/** @param title what the progress is called */
export async function measureSet<Name extends string>(
  model: Module,
  set: ImageSet<Pixels>,
  measuring: Measuring<Name>,
  title: string,
): Promise<Metrics<Name>> {
  const start = performance.now();
  const bar = progressBar(title, set.shape[0]);
  const onBatch = (examples: number) => {
    const rate = (examples * 1000) / (performance.now() - start);
    bar.update(examples, `${rate.toFixed(0)} images/s`);
  };
  try {
    return await evaluate(model, batches(set, { batchSize: evaluationBatch(set) }), { ...measuring, onBatch });
  } finally {
    bar.stop();
  }
}
