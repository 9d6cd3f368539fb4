/** @file The geometry of ImageNet's preparation: the shorter side to a size, the middle of the longer one. */
import { checkInteger } from "../arguments.ts";
import { crop, type Window } from "./crop.ts";
import { ImageError } from "./errors.ts";
import { resizeBilinear } from "./resize-bilinear.ts";
import type { RgbImage } from "./rgb-image.ts";

/**
 * How {@link processImage} makes a square of an image.
 *
 * - `exact`: the longer side becomes ⌊long · size / short⌋, and the middle size × size pixels of that are kept.
 * - `compat`: as a widely copied program does: the longer side becomes ⌊(long / short) · 256⌋ whatever the size, as many
 *   pixels are cut off on both sides as fit, and what is not size × size then (257 pixels where the excess was odd, or
 *   any other where the size is not 256) is resampled once more.
 */
export type Geometry = "exact" | "compat";

interface Size {
  readonly height: number;
  readonly width: number;
}

/** The size at which the shorter side is `size` and the longer one ⌊long · size / short⌋. */
function scaledSize({ height, width }: Size, size: number): Size {
  const long = (longer: number, shorter: number) => Math.floor((longer * size) / shorter);
  return height <= width ? { height: size, width: long(width, height) } : { height: long(height, width), width: size };
}

/**
 * Scales an image so that its shorter side has `size` pixels, up or down, by {@link resizeBilinear}.
 *
 * @throws ArgumentError if the size is no positive integer
 */
export function scaleShortestSide(image: RgbImage, size: number): RgbImage {
  checkInteger("scaleShortestSide: size", size, 1);
  const { height, width } = scaledSize(image, size);
  return resizeBilinear(image, height, width);
}

function middle({ height, width }: Size, size: number): Window {
  return { top: (height - size) >> 1, left: (width - size) >> 1, height: size, width: size };
}

/**
 * The middle size × size pixels; of an odd excess the larger part is cut off at the bottom and at the right.
 *
 * @throws ArgumentError if the image is smaller than that
 */
export function centerCrop(image: RgbImage, size: number): RgbImage {
  checkInteger("centerCrop: size", size, 1);
  return crop(image, middle(image, size));
}

/**
 * Scales and crops to size × size × 3. Only the pixels that the crop keeps are computed.
 *
 * @throws ArgumentError if the size is no positive integer
 * @throws ImageError where `compat` leaves nothing of the image
 */
export function processImage(image: RgbImage, size: number, geometry: Geometry = "exact"): RgbImage {
  checkInteger("processImage: size", size, 1);
  if (geometry === "compat") return processCompat(image, size);
  const scaled = scaledSize(image, size);
  return resizeBilinear(image, scaled.height, scaled.width, middle(scaled, size));
}

function processCompat(image: RgbImage, size: number): RgbImage {
  const ratio = Math.max(image.height, image.width) / Math.min(image.height, image.width);
  const long = Math.trunc(ratio * 256);
  const scaled = image.height <= image.width ? { height: size, width: long } : { height: long, width: size };
  const window = compatWindow(scaled, size);
  if (window.height < 1 || window.width < 1) {
    throw new ImageError(
      `processImage: the compat geometry leaves nothing of an image of ${image.height}×${image.width} at size ${size}`,
    );
  }
  const kept = resizeBilinear(image, scaled.height, scaled.width, window);
  return kept.height === size && kept.width === size ? kept : resizeBilinear(kept, size, size);
}

/** An excess of one pixel is left, because a slice `0:-0` would be empty. */
function compatWindow({ height, width }: Size, size: number): Window {
  if (height <= width && Math.abs(width - size) > 1) {
    const { start, length } = slice(width, Math.trunc((width - size) / 2));
    return { top: 0, left: start, height, width: length };
  }
  if (Math.abs(height - size) > 1) {
    const { start, length } = slice(height, Math.trunc((height - size) / 2));
    return { top: start, left: 0, height: length, width };
  }
  return { top: 0, left: 0, height, width };
}

/** What Python's `[d:-d]` takes of a sequence; d is below 0 where the sequence is shorter than wished for. */
function slice(length: number, d: number): { start: number; length: number } {
  const place = (index: number) => (index < 0 ? Math.max(0, length + index) : Math.min(index, length));
  const start = place(d);
  return { start, length: place(-d) - start };
}
