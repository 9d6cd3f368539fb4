/** @file A model measured on a whole set, with progress. */
import { batches, type ImageSet, type Pixels } from "@tessera/data";
import { evaluate, type Metrics, type Module, type PixelScale } from "@tessera/nn";
import { progressBar } from "./progress.ts";

/** Images in a step of evaluation, where no gradients take memory. */
export const evaluationBatch = 100;

/** @param title what the progress is called */
export async function evaluateSet(
  model: Module,
  set: ImageSet<Pixels>,
  pixels: PixelScale,
  title: string,
): Promise<Metrics> {
  const start = performance.now();
  const bar = progressBar(title, set.shape[0]);
  const onBatch = (examples: number) => {
    const rate = (examples * 1000) / (performance.now() - start);
    bar.update(examples, `${rate.toFixed(0)} images/s`);
  };
  try {
    return await evaluate(model, batches(set, { batchSize: evaluationBatch }), { pixels, onBatch });
  } finally {
    bar.stop();
  }
}
