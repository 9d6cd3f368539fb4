import { checkPixels } from "../image-set.ts";
import type { ImageShape } from "../layout.ts";

/** What bytes are divided by, as in the colourising programs that `loadColours`'s centres were made for. */
export const COLOUR_SCALE = 256;

/**
 * `grey = (red + green + blue) / 3 / 256`, 0 … 0.996: what a colourising network sees.
 *
 * @param images uint8 [N, H, W, 3]
 * @returns float32 [N, H, W, 1]
 * @see J. Ba and R. Grosse, "Programming Assignment: Colorization", University of Toronto
 */
export function meanGrey(images: Uint8Array, shape: ImageShape): Float32Array {
  checkPixels("meanGrey", images, shape);
  const grey = new Float32Array(images.length / 3);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    grey[pixel] = (images[3 * pixel]! + images[3 * pixel + 1]! + images[3 * pixel + 2]!) / 3 / COLOUR_SCALE;
  }
  return grey;
}
