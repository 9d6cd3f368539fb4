import type { ImageSet } from "../image-set.ts";
import type { Colours } from "./colours.ts";
import { meanGrey } from "./mean-grey.ts";
import { nearestColours } from "./nearest-colours.ts";

/**
 * A set for learning colours: grey images, and of every pixel the number of its nearest colour. See `meanGrey` and
 * {@link nearestColours}.
 *
 * @param set RGB images; their own labels are dropped
 */
export function colourisationSet({ images, shape }: ImageSet, colours: Colours): ImageSet<Float32Array> {
  const [count, height, width] = shape;
  return {
    images: meanGrey(images, shape),
    labels: nearestColours(images, colours),
    labelShape: [count, height, width],
    shape: [count, height, width, 1],
  };
}
