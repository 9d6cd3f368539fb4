/** Labelled images in memory, as plain typed arrays. */
export interface ImageSet {
  /** Pixels 0 … 255, N·H·W·C of them, NHWC: row by row, the channels of a pixel (R, G, B) together. */
  readonly images: Uint8Array;
  /** Class of each image, N of them, from 0. */
  readonly labels: Int32Array;
  /** Superclass of each image, N of them, where the set has two levels of labels. */
  readonly coarseLabels?: Int32Array | undefined;
  /** [N, H, W, C]. */
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
}

/**
 * The images at `rows`, in that order, with their labels: a shuffle, a subset, a split.
 *
 * @param rows indices into the set, from 0.
 */
export function selectRows(set: ImageSet, rows: ArrayLike<number>): ImageSet {
  const [, height, width, channels] = set.shape;
  const pick = (labels: Int32Array) => Int32Array.from({ length: rows.length }, (_, i) => labels[rows[i]!]!);
  return {
    images: gatherImages(set, rows, 0, rows.length),
    labels: pick(set.labels),
    ...(set.coarseLabels && { coarseLabels: pick(set.coarseLabels) }),
    shape: [rows.length, height, width, channels],
  };
}

/** The pixels of the images at `rows[start … end]`, copied. */
export function gatherImages(set: ImageSet, rows: ArrayLike<number>, start: number, end: number): Uint8Array {
  const [, height, width, channels] = set.shape;
  const size = height * width * channels;
  const out = new Uint8Array((end - start) * size);
  for (let i = start; i < end; i++) {
    const from = rows[i]! * size;
    out.set(set.images.subarray(from, from + size), (i - start) * size);
  }
  return out;
}
