import { show } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import type { ImageSet } from "../image-set.ts";

/**
 * Two things that are called grey: `luminance`, 0.299 R + 0.587 G + 0.114 B as OpenCV's `COLOR_RGB2GRAY` rounds it, and
 * `red`, the first channel alone, which is what `image[0]` of channels-first data is.
 */
export type Grey = "luminance" | "red";

/** Images of three channels as images of one. */
export function toGrey(set: ImageSet, kind: Grey): ImageSet {
  const { images, shape } = set;
  if (shape[3] !== 3) throw new ArgumentError(`toGrey: images: expected 3 channels, got ${shape[3]}`);
  if (kind !== "luminance" && kind !== "red") {
    throw new ArgumentError(`toGrey: kind: expected luminance or red, got ${show(kind)}`);
  }
  const grey = new Uint8Array(images.length / 3);
  for (let to = 0, from = 0; to < grey.length; to++, from += 3) {
    const [red, green, blue] = [images[from]!, images[from + 1]!, images[from + 2]!];
    // OpenCV's weights in units of 2⁻¹⁵.
    grey[to] = kind === "red" ? red : (9798 * red + 19235 * green + 3735 * blue + 16384) >> 15;
  }
  return { ...set, images: grey, shape: [shape[0], shape[1], shape[2], 1] };
}
