import { ArgumentError } from "../errors.ts";
import type { RgbImage } from "./rgb-image.ts";

/** A part of an image, in pixels. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Copies a part of an image.
 *
 * @throws ArgumentError where the window is empty or not inside the image
 */
export function crop(image: RgbImage, window: Window): RgbImage {
  checkWindow("crop", image, window);
  const { top, left, height, width } = window;
  const pixels = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 3;
    pixels.set(image.pixels.subarray(start, start + width * 3), y * width * 3);
  }
  return { pixels, height, width };
}

/** Refuses a window that does not lie in an image of a height and a width. */
export function checkWindow(
  name: string,
  image: { readonly height: number; readonly width: number },
  { top, left, height, width }: Window,
): void {
  const whole = [top, left, height, width].every(Number.isInteger);
  const inside = top >= 0 && left >= 0 && top + height <= image.height && left + width <= image.width;
  if (whole && inside && height >= 1 && width >= 1) return;
  throw new ArgumentError(
    `${name}: window: expected one inside of ${image.height}×${image.width}, got ${height}×${width} at row ${top}, column ${left}`,
  );
}
