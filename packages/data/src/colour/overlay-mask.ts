import { ArgumentError } from "../errors.ts";
import type { RgbImage } from "../image/rgb-image.ts";

/** Options of {@link overlayMask}. */
export interface OverlayOptions {
  /** Red, green and blue of each class, 0 … 255; `null` for one that is not painted. */
  readonly colours: readonly (readonly [red: number, green: number, blue: number] | null)[];
  /** Share of the class's colour in a painted pixel, 0 … 1. Default: 0.5. */
  readonly opacity?: number;
}

/**
 * An image with its classes painted over it: `(1 − opacity) · pixel + opacity · colour`. Labels without a colour, as
 * those of pixels that do not count, leave the pixel as it is.
 *
 * @param labels class of each pixel
 * @throws ArgumentError where there is not one label a pixel, or the opacity is out of range
 */
export function overlayMask(
  image: RgbImage,
  labels: ArrayLike<number>,
  { colours, opacity = 0.5 }: OverlayOptions,
): RgbImage {
  const { height, width } = image;
  if (labels.length !== height * width) {
    throw new ArgumentError(`overlayMask: labels: expected ${height * width}, one a pixel, got ${labels.length}`);
  }
  if (!(opacity >= 0 && opacity <= 1)) {
    throw new ArgumentError(`overlayMask: opacity: expected a number from 0 to 1, got ${opacity}`);
  }
  const pixels = image.pixels.slice();
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const colour = colours[labels[pixel]!];
    if (!colour) continue;
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * pixel + channel;
      pixels[at] = Math.round((1 - opacity) * pixels[at]! + opacity * colour[channel]!);
    }
  }
  return { pixels, height, width };
}
