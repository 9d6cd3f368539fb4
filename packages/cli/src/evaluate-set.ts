/** @file A model measured on a whole set, with progress. */
import { evaluate, type Metrics, type Module, type PixelScale } from "@tessera/nn";
import { batchesOf, countOf, type MeasuredImages } from "./measured-images.ts";
import { progressBar } from "./progress.ts";

/** Images in a step of evaluation, where no gradients take memory. */
export const evaluationBatch = 100;

/** @param title what the progress is called */
export async function evaluateSet(
  model: Module,
  set: MeasuredImages,
  pixels: PixelScale,
  title: string,
): Promise<Metrics> {
  const start = performance.now();
  const bar = progressBar(title, countOf(set));
  const onBatch = (examples: number) => {
    const rate = (examples * 1000) / (performance.now() - start);
    bar.update(examples, `${rate.toFixed(0)} images/s`);
  };
  try {
    return await evaluate(model, batchesOf(set, evaluationBatch), { pixels, onBatch });
  } finally {
    bar.stop();
  }
}
