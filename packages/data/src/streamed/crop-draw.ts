/** @file Where an image is cropped and whether it is mirrored, and doing so. */
import type { Image } from "../augment/crop.ts";
import { fromBits, imageBits } from "../augment/random.ts";
import { type Pixels, pixelsLike } from "../image-set.ts";

/** What becomes of one image. */
export interface CropDraw {
  /** Random bits, the lower half for the row and the upper one for the column; `null` for the middle. */
  readonly place: number | null;
  readonly mirrored: boolean;
}

/** How images are varied. */
export interface CropChoice {
  /** Which part of an image is taken. Default: its middle. */
  readonly crop?: "random" | "centre" | undefined;
  /** Share of the images that are mirrored left to right, 0 to 1. Default: 0. */
  readonly flip?: number | undefined;
}

/** The draw of an image: a pure function of seed, epoch and its place in the epoch. */
export function drawCrop({ crop = "centre", flip = 0 }: CropChoice, seed: number, epoch: number, at: number): CropDraw {
  const place = crop === "random" ? imageBits("crop", seed, epoch, at) : null;
  return { place, mirrored: imageBits("flip", seed, epoch, at) < flip * 2 ** 32 };
}

/** A part of side × side pixels, which the image must have; of an odd excess the larger part is cut off below and at the right. */
export function cropDrawn<P extends Pixels>({ pixels, shape }: Image<P>, side: number, draw: CropDraw): P {
  const [height, width, channels] = shape;
  const { place, mirrored } = draw;
  const top = place === null ? (height - side) >> 1 : fromBits(place, height - side + 1);
  const left = place === null ? (width - side) >> 1 : fromBits(place >>> 16, width - side + 1);
  const out = pixelsLike(pixels, side * side * channels);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    const row = out.subarray(y * side * channels, (y + 1) * side * channels);
    row.set(pixels.subarray(from, from + side * channels));
    if (mirrored) mirror(row, channels);
  }
  return out;
}

function mirror(row: Pixels, channels: number): void {
  for (let left = 0, right = row.length - channels; left < right; left += channels, right -= channels) {
    for (let channel = 0; channel < channels; channel++) {
      const kept = row[left + channel]!;
      row[left + channel] = row[right + channel]!;
      row[right + channel] = kept;
    }
  }
}
