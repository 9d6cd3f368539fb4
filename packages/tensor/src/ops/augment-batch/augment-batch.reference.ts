/** @file Oracle of augmentBatch. */
import { type RandomKey, randomBits } from "../../random.ts";
import { coordinatesOf, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** Options of augmentBatch, all of them given. */
export interface AugmentBatchReferenceOptions {
  readonly size: readonly [number, number];
  readonly padding: number;
  readonly fill: number;
  readonly flip: number;
  readonly cutout: number;
  readonly key: RandomKey;
}

/** What one image's eight random words say. */
export interface DrawnAugmentation {
  /** Row and column of the padded image where the crop begins. */
  readonly top: number;
  readonly left: number;
  readonly flipped: boolean;
  /** First row and column of the square, which may lie outside. */
  readonly cutTop: number;
  readonly cutLeft: number;
}

/** Draws for each image of a batch, of images of `height` by `width` pixels. */
export function drawAugmentations(
  batch: number,
  height: number,
  width: number,
  { size, padding, flip, cutout, key }: AugmentBatchReferenceOptions,
): DrawnAugmentation[] {
  const words = randomBits(key, 8 * batch);
  const below = (bits: number, count: number) => Number((BigInt(bits) * BigInt(count)) >> 32n);
  return Array.from({ length: batch }, (_, b) => {
    const bits = words.subarray(8 * b, 8 * b + 8);
    return {
      top: below(bits[0]!, height + 2 * padding - size[0] + 1),
      left: below(bits[1]!, width + 2 * padding - size[1] + 1),
      flipped: Math.floor(bits[2]! / 2 ** 8) < Math.floor(flip * 2 ** 24),
      cutTop: below(bits[4]!, size[0]) - Math.floor(cutout / 2),
      cutLeft: below(bits[5]!, size[1]) - Math.floor(cutout / 2),
    };
  });
}

/** Padded, cropped, flipped, looked up, cut out; zeros for an index that is no image's. */
export function augmentBatchReference(
  images: NdArray,
  indices: NdArray,
  table: NdArray,
  options: AugmentBatchReferenceOptions,
): NdArray {
  const [count, height, width, channels] = images.shape as [number, number, number, number];
  const { size, padding, fill, cutout } = options;
  const batch = indices.data.length;
  const draws = drawAugmentations(batch, height, width, options);
  const shape = [batch, ...size, channels];
  return ndArray(shape, (at) => {
    const [b, i, j, c] = coordinatesOf(at, shape) as [number, number, number, number];
    const { top, left, flipped, cutTop, cutLeft } = draws[b]!;
    const number = indices.data[b]!;
    if (number < 0 || number >= count) return 0;
    if (i >= cutTop && i < cutTop + cutout && j >= cutLeft && j < cutLeft + cutout) return 0;
    const row = i + top - padding;
    const column = (flipped ? size[1] - 1 - j : j) + left - padding;
    const inside = row >= 0 && row < height && column >= 0 && column < width;
    const byte = inside ? images.data[((number * height + row) * width + column) * channels + c]! : fill;
    return table.data[byte * channels + c]!;
  });
}
