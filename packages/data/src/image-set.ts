import { ArgumentError } from "./errors.ts";
import type { ImageShape } from "./layout.ts";

/** What images are made of: bytes 0 … 255, or numbers after a normalisation. */
export type Pixels = Uint8Array | Float32Array;

/** Labelled images in memory, as plain typed arrays. */
export interface ImageSet<P extends Pixels = Uint8Array> {
  /** Values, N·H·W·C of them, NHWC: row by row, the channels of a pixel (R, G, B) together. */
  readonly images: P;
  /** Class of each image, N of them, from 0; or of each pixel, as `labelShape` says. */
  readonly labels: Int32Array;
  /** [N, H, W] where every pixel has a class. Default: [N]. */
  readonly labelShape?: readonly [count: number, height: number, width: number] | undefined;
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
export function selectRows<P extends Pixels>(set: ImageSet<P>, rows: ArrayLike<number>): ImageSet<P> {
  const [, height, width, channels] = set.shape;
  const { coarseLabels } = set;
  return {
    images: gatherImages(set, rows, 0, rows.length),
    ...gatherLabels(set, rows),
    ...(coarseLabels && { coarseLabels: Int32Array.from({ length: rows.length }, (_, i) => coarseLabels[rows[i]!]!) }),
    shape: [rows.length, height, width, channels],
  };
}

/** The pixels of the images at `rows[start … end]`, copied. */
export function gatherImages<P extends Pixels>(
  set: ImageSet<P>,
  rows: ArrayLike<number>,
  start: number,
  end: number,
): P {
  const [, height, width, channels] = set.shape;
  const size = height * width * channels;
  const out = pixelsLike(set.images, (end - start) * size);
  for (let i = start; i < end; i++) {
    const from = rows[i]! * size;
    out.set(set.images.subarray(from, from + size), (i - start) * size);
  }
  return out;
}

/** The labels of the images at `rows`, copied, with their shape where there is one for each pixel. */
export function gatherLabels(
  { labels, labelShape }: Pick<ImageSet<Pixels>, "labels" | "labelShape">,
  rows: ArrayLike<number>,
): Pick<ImageSet<Pixels>, "labels" | "labelShape"> {
  if (!labelShape) return { labels: Int32Array.from({ length: rows.length }, (_, i) => labels[rows[i]!]!) };
  const [, height, width] = labelShape;
  const area = height * width;
  const gathered = new Int32Array(rows.length * area);
  for (let i = 0; i < rows.length; i++) {
    gathered.set(labels.subarray(rows[i]! * area, (rows[i]! + 1) * area), i * area);
  }
  return { labels: gathered, labelShape: [rows.length, height, width] };
}

/** `length` zeros of the same kind as `images`. */
export function pixelsLike<P extends Pixels>(images: P, length: number): P {
  return new (images.constructor as new (length: number) => P)(length);
}

/** Refuses images that are not as many values as their shape says, naming the function. */
export function checkPixels(name: string, images: Pixels, shape: ImageShape): void {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (images.length === expected) return;
  throw new ArgumentError(`${name}: images: expected ${expected} values for [${shape}], got ${images.length}`);
}
