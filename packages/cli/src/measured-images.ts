/** @file Images that a model is measured on: in memory, or read anew for each pass. */
import { batches, type ImageSet, type Pixels, permutation, selectRows } from "@tessera/data";
import { StreamedSet } from "@tessera/data/node";
import type { Batches, DistributedOptions, Objective, RankCommunicator } from "@tessera/nn";

/** Either kind. */
export type MeasuredImages = ImageSet<Pixels> | StreamedSet;

/** How many there are. */
export function countOf(set: MeasuredImages): number {
  return set instanceof StreamedSet ? set.count : set.shape[0];
}

/** Images in a step of evaluation, where no gradients take memory: 100, fewer where that is more than so many pixels. */
function fitting(pixels: number, height: number, width: number): number {
  return Math.max(1, Math.min(100, Math.floor(pixels / (height * width))));
}

/**
 * All of them, in order. Classes of pixels take more memory than those of the large images that are streamed.
 *
 * @param ranks that measure together: each gets as many images a step, and of what is streamed its own part alone
 */
export function batchesOf(set: MeasuredImages, ranks?: RankCommunicator): Batches {
  const size = ranks?.size ?? 1;
  if (set instanceof StreamedSet) {
    const [height, width] = set.shape;
    return set.batches({ batchSize: size * fitting(100 * 128 * 128, height, width), share: ranks });
  }
  const [, height, width] = set.shape;
  return batches(set, { batchSize: size * fitting(400 * 32 * 32, height, width) });
}

/** The ranks that measure by parts. What has totals is counted by each of them of whole batches, which must not grow. */
export function ranksByParts<Name extends string>(
  { totals }: Objective<Name>,
  distributed: DistributedOptions | undefined,
): RankCommunicator | undefined {
  return totals ? undefined : distributed?.communicator;
}

/** At most so many of them, at random. */
export async function sampleOf(set: MeasuredImages, count: number, seed: number): Promise<ImageSet<Pixels>> {
  if (!(set instanceof StreamedSet)) {
    return selectRows(set, permutation(set.shape[0], { seed }).subarray(0, count));
  }
  const { images, labels, shape } = await set.sample(count, seed);
  const classes = set.classNames.length;
  const numbers = (shares: Float32Array) =>
    Int32Array.from({ length: shape[0] }, (_, i) => shares.subarray(i * classes, (i + 1) * classes).indexOf(1));
  return { images, labels: labels instanceof Int32Array ? labels : numbers(labels), shape };
}

/** The class of each, in order. */
export async function labelsOf(set: MeasuredImages): Promise<Int32Array> {
  return set instanceof StreamedSet ? set.labels() : set.labels;
}
