import { ArgumentError } from "../errors.ts";
import { type ImageSet, type Pixels, pixelsLike } from "../image-set.ts";
import type { Batch } from "./batches.ts";

/** An image of a set. */
export interface ImageRecord<P extends Pixels = Uint8Array> {
  /** H·W·C values, HWC. */
  readonly image: P;
  readonly label: number;
  /** [H, W, C]. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Its row in the set. */
  readonly index: number;
  /** What the set was read from. */
  readonly source?: string;
}

/** Row `index` of a set; its pixels are a view. */
export function recordOf<P extends Pixels>(set: ImageSet<P>, index: number, source?: string): ImageRecord<P> {
  const [, height, width, channels] = set.shape;
  const size = height * width * channels;
  return {
    image: set.images.subarray(index * size, (index + 1) * size) as P,
    label: set.labels[index]!,
    shape: [height, width, channels],
    index,
    ...(source !== undefined && { source }),
  };
}

/**
 * One batch of some images, for `dataset.batch(n).map(stackImages)`: what tf.data's `batch` does to tensors.
 *
 * @throws ArgumentError for images of several sizes, naming the first that differs.
 */
export function stackImages<P extends Pixels>(records: readonly ImageRecord<P>[]): Batch<P> {
  const [first] = records;
  if (!first) throw new ArgumentError("stackImages: records: expected at least one, got none");
  const size = first.image.length;
  const images = pixelsLike(first.image, records.length * size);
  for (const [i, { image, shape, index }] of records.entries()) {
    if (shape.some((side, axis) => side !== first.shape[axis])) {
      throw new ArgumentError(`stackImages: record ${index}: expected an image of ${first.shape}, got ${shape}`);
    }
    images.set(image, i * size);
  }
  return {
    images,
    labels: Int32Array.from(records, ({ label }) => label),
    shape: [records.length, ...first.shape],
    indices: Uint32Array.from(records, ({ index }) => index),
  };
}
