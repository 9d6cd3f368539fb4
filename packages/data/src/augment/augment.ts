import { checkInteger } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { checkPixels, type Pixels, pixelsLike } from "../image-set.ts";
import type { Batch } from "../pipeline/batches.ts";
import { fromBits, imageBits } from "./random.ts";

/** How training images are varied. */
export interface AugmentOptions {
  /** Zeros around each side, from which a window of the image's own size is cut at random. Default 4. */
  readonly pad?: number;
  /** Mirror half of the images left to right. Default true. */
  readonly flip?: boolean;
  /** Integer from 0. Default 0. */
  readonly seed?: number;
  /** Integer from 0: each epoch varies them anew. Default 0. */
  readonly epoch?: number;
}

/**
 * The variations of CIFAR's recipes: `pad` zeros around, a random window of the image's own size, and a random mirror
 * image. What becomes of an image is a pure function of (seed, epoch, its row in the set).
 *
 * @param batch with the rows of its images in `indices`.
 * @returns a new batch of the same shape.
 * @see He et al., Deep Residual Learning for Image Recognition, 2015, 4.2
 *
 * @example
 * for await (const batch of batches(train, { shuffle: true, seed, epoch })) use(augment(batch, { seed, epoch }));
 */
export function augment<P extends Pixels>(batch: Batch<P>, options: AugmentOptions = {}): Batch<P> {
  const { pad = 4, flip = true, seed = 0, epoch = 0 } = options;
  for (const [name, value] of Object.entries({ pad, seed, epoch })) checkInteger(`augment: ${name}`, value, 0);
  const { images, shape, indices } = batch;
  checkPixels("augment", images, shape);
  const [count, height, width, channels] = shape;
  if (indices.length !== count) {
    throw new ArgumentError(`augment: indices: expected ${count}, one for each image, got ${indices.length}`);
  }
  const out = pixelsLike(images, images.length);
  const size = height * width * channels;
  for (let i = 0; i < count; i++) {
    const window = imageBits("crop", seed, epoch, indices[i]!);
    const dy = fromBits(window, 2 * pad + 1) - pad;
    const dx = fromBits(window >>> 16, 2 * pad + 1) - pad;
    const mirrored = flip && (imageBits("flip", seed, epoch, indices[i]!) & 1) === 1;
    const place = { start: i * size, height, width, channels, dy, dx };
    if (mirrored) copyMirrored(images, out, place);
    else copyShifted(images, out, place);
  }
  return { ...batch, images: out };
}

interface Window {
  readonly start: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Row and column of the window's corner in the image, from −pad to pad. */
  readonly dy: number;
  readonly dx: number;
}

/** out[y][x] = image[y + dy][x + dx], and 0 where that is outside. */
function copyShifted(images: Pixels, out: Pixels, { start, height, width, channels, dy, dx }: Window): void {
  const row = width * channels;
  const left = Math.max(0, -dx) * channels;
  const length = (width - Math.abs(dx)) * channels;
  if (length <= 0) return;
  const shift = dy * row + dx * channels;
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    const to = start + y * row + left;
    // Faster than `set` of a view for rows as short as CIFAR's.
    for (let i = to; i < to + length; i++) out[i] = images[i + shift]!;
  }
}

/** The same, of the window mirrored: out[y][x] = image[y + dy][width − 1 − x + dx]. */
function copyMirrored(images: Pixels, out: Pixels, { start, height, width, channels, dy, dx }: Window): void {
  const row = width * channels;
  for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
    const from = start + (y + dy) * row;
    const to = start + y * row;
    const [first, last] = [Math.max(0, dx), Math.min(width, width + dx)];
    for (let x = first; x < last; x++) {
      // The pixel at column x of the image lies at width − 1 − (x − dx) of the mirrored window.
      const source = from + x * channels;
      const target = to + (width - 1 - x + dx) * channels;
      for (let channel = 0; channel < channels; channel++) out[target + channel] = images[source + channel]!;
    }
  }
}
