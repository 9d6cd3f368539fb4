import { ArgumentError } from "../errors.ts";
import type { Colours } from "./colours.ts";
import { COLOUR_SCALE } from "./mean-grey.ts";

/**
 * The nearest of some colours to each pixel, by the squared distance of red, green and blue over 256; of equally near
 * ones the first.
 *
 * @param images uint8 [N, H, W, 3]
 * @returns int32 [N, H, W], numbers of colours
 * @throws ArgumentError where the values are no pixels of three channels
 */
export function nearestColours(images: Uint8Array, { centres }: Colours): Int32Array {
  if (images.length % 3 !== 0) {
    throw new ArgumentError(`nearestColours: images: expected 3 channels, got ${images.length} values`);
  }
  const labels = new Int32Array(images.length / 3);
  // Few pixels are of a colour that none before had.
  const known = new Map<number, number>();
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const [red, green, blue] = [images[3 * pixel]!, images[3 * pixel + 1]!, images[3 * pixel + 2]!];
    const key = (red << 16) | (green << 8) | blue;
    let label = known.get(key);
    if (label === undefined) {
      label = nearest(centres, red / COLOUR_SCALE, green / COLOUR_SCALE, blue / COLOUR_SCALE);
      known.set(key, label);
    }
    labels[pixel] = label;
  }
  return labels;
}

/** Number of the centre with the least squared distance. */
export function nearest(centres: Float64Array, red: number, green: number, blue: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let at = 0; at < centres.length; at += 3) {
    const distance = (centres[at]! - red) ** 2 + (centres[at + 1]! - green) ** 2 + (centres[at + 2]! - blue) ** 2;
    if (distance < least) [best, least] = [at / 3, distance];
  }
  return best;
}

/**
 * Pixels painted in their colours: the way back from {@link nearestColours}.
 *
 * @param labels numbers of colours, one a pixel
 * @returns uint8, red, green and blue of each pixel
 * @throws ArgumentError naming the first pixel whose colour there is not
 */
export function paintColours(labels: ArrayLike<number>, { centres, shape: [count] }: Colours): Uint8Array {
  const pixels = new Uint8Array(labels.length * 3);
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const label = labels[pixel]!;
    if (!(label >= 0 && label < count)) {
      throw new ArgumentError(`paintColours: pixel ${pixel}: expected a colour from 0 to ${count - 1}, got ${label}`);
    }
    for (let channel = 0; channel < 3; channel++) {
      const value = centres[3 * label + channel]! * COLOUR_SCALE;
      pixels[3 * pixel + channel] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
  return pixels;
}
