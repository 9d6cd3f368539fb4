import { checkInteger } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { checkWindow, crop, type Window } from "./crop.ts";
import { resizePlain } from "./resize-plain.ts";
import { resizeSimd } from "./resize-simd.ts";
import { columnTaps, rowTaps } from "./resize-taps.ts";
import type { RgbImage } from "./rgb-image.ts";

/**
 * Bilinear resizing with the very bits of `cv2.resize(image, (width, height))` on uint8: output pixel d lies at
 * `s = (d + ½) · source / target − ½`; its two neighbours on each axis are weighted in steps of 1/2048. Nothing is
 * averaged when shrinking (no antialiasing).
 *
 * @param height rows of the result, at least 1.
 * @param width columns of the result, at least 1.
 * @param window the part of the result to compute and return. Default: all of it.
 * @returns a new image.
 * @throws ArgumentError if a size is not a positive integer, the pixels are not H·W·3, or the window lies outside
 * @see OpenCV 4.6, modules/imgproc/src/resize.cpp: resizeGeneric_ with HResizeLinear and VResizeLinear
 */
export function resizeBilinear(
  image: RgbImage,
  height: number,
  width: number,
  window: Window = { top: 0, left: 0, height, width },
): RgbImage {
  checkInteger("resizeBilinear: height", height, 1);
  checkInteger("resizeBilinear: width", width, 1);
  checkWindow("resizeBilinear", { height, width }, window);
  const expected = image.height * image.width * 3;
  if (image.pixels.length !== expected || expected === 0) {
    throw new ArgumentError(
      `resizeBilinear: image: expected ${image.height}×${image.width}×3 values, got ${image.pixels.length}`,
    );
  }
  if (height === image.height && width === image.width) return crop(image, window);
  const columns = columnTaps(image.width, width, window.left, window.width);
  const rows = rowTaps(image.height, height, window.top, window.height);
  const pixels = resizeSimd(image, columns, rows) ?? resizePlain(image, columns, rows);
  return { pixels, height: window.height, width: window.width };
}
