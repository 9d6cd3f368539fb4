import { uniformInt } from "pure-rand/distribution/uniformInt";
import { checkInteger } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { type Pixels, pixelsLike } from "../image-set.ts";
import type { Batch } from "../pipeline/batches.ts";
import { generator } from "../pipeline/permutation.ts";

/** One image: H·W·C values. */
export interface Image<P extends Pixels = Uint8Array> {
  readonly pixels: P;
  /** [H, W, C]. */
  readonly shape: readonly [height: number, width: number, channels: number];
}

/** Draws an integer from 0 to `most`, both included. */
export type DrawInteger = (most: number) => number;

/**
 * A window of (dy, dx) at a random place in the image: row from 0 to H − dy, column from 0 to W − dx, the column drawn
 * first. With a window of the image's own size nothing changes: pad before, as {@link augment} does.
 *
 * @param draw where the randomness comes from.
 * @throws ArgumentError where the window does not fit.
 */
export function randomCrop<P extends Pixels>(
  image: Image<P>,
  [dy, dx]: readonly [dy: number, dx: number],
  draw: DrawInteger,
): Image<P> {
  const [height, width, channels] = image.shape;
  checkInteger("randomCrop: dy", dy, 1, height);
  checkInteger("randomCrop: dx", dx, 1, width);
  const left = draw(width - dx);
  const top = draw(height - dy);
  const pixels = pixelsLike(image.pixels, dy * dx * channels);
  for (let y = 0; y < dy; y++) {
    const from = ((top + y) * width + left) * channels;
    pixels.set(image.pixels.subarray(from, from + dx * channels), y * dx * channels);
  }
  return { pixels, shape: [dy, dx, channels] };
}

/**
 * Batches of square random windows, `cropLength` a side, of the images of other batches. As endless as `batches`; the
 * window of an image is a pure function of (seed, epoch, place of its batch, place in it).
 *
 * @param options.channels of the images. Default 3.
 * @param options.seed integer from 0. Default 0.
 * @param options.epoch integer from 0 to 2²⁰; each epoch has its own windows. Default 0.
 */
export async function* cropGenerator<P extends Pixels>(
  batches: Iterable<Batch<P>> | AsyncIterable<Batch<P>>,
  cropLength: number,
  { channels = 3, seed = 0, epoch = 0 }: { channels?: number; seed?: number; epoch?: number } = {},
): AsyncGenerator<Batch<P>, void, undefined> {
  checkInteger("cropGenerator: epoch", epoch, 0, 2 ** 20);
  let place = 0;
  for await (const batch of batches) {
    const [count, height, width, found] = batch.shape;
    if (found !== channels) {
      throw new ArgumentError(`cropGenerator: channels: expected images of ${channels}, got ${found}`);
    }
    const random = generator("crop", seed, epoch * 2 ** 32 + place++);
    const size = cropLength * cropLength * channels;
    const images = pixelsLike(batch.images, count * size);
    const area = height * width * channels;
    for (let i = 0; i < count; i++) {
      const pixels = batch.images.subarray(i * area, (i + 1) * area) as P;
      const draw = (most: number) => uniformInt(random, 0, most);
      const cropped = randomCrop({ pixels, shape: [height, width, channels] }, [cropLength, cropLength], draw);
      images.set(cropped.pixels, i * size);
    }
    yield { ...batch, images, shape: [count, cropLength, cropLength, channels] };
  }
}
