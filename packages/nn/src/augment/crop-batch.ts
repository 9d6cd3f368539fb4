/** @file A box out of each image of a batch, and out of its mask. */
import {
  ArgumentError,
  concat,
  cropAndResize,
  formatShape,
  gather,
  reshape,
  type Tensor,
  tensor,
} from "@tessera/tensor";
import { IGNORE_INDEX } from "../pixel-objective.ts";
import { type DeviceBatch, sizesOf } from "./batch-transform.ts";

/** Boxes of a batch on its device, as cropAndResize takes them. */
export function boxTensor(boxes: Int32Array, { device }: Tensor): Tensor {
  return tensor(boxes, [boxes.length / 5, 5], { device });
}

/**
 * {@link cropAndResize} of a batch. Where each pixel has a class, the classes go through the same boxes: each pixel of the
 * result gets the class of the pixel that its middle lies in, {@link IGNORE_INDEX} outside of the image.
 *
 * @param boxes 5 numbers an image, as cropAndResize takes them
 * @throws ArgumentError if targets are of another shape than a class an image, a class a pixel, or shares of classes
 */
export function cropBatch(
  name: string,
  { images, targets }: DeviceBatch,
  boxes: Int32Array,
  fill: Tensor,
  size: readonly [height: number, width: number],
): DeviceBatch {
  const cropped = cropAndResize(images, boxTensor(boxes, images), fill, { size });
  if (targets.rank < 3) return { images: cropped, targets };
  const { count, height, width } = sizesOf(name, images);
  const [found, rows, columns] = targets.shape;
  if (targets.dtype !== "int32" || targets.rank !== 3 || found !== count || rows !== height || columns !== width) {
    const expected = `int32 ${formatShape([count, height, width])}, a class for each pixel`;
    throw new ArgumentError(`${name}: targets must be ${expected}, got ${targets.dtype} ${formatShape(targets.shape)}`);
  }
  // One entry more, for pixels that there are not.
  const outside = tensor(Int32Array.of(IGNORE_INDEX), [1], { device: images.device });
  const table = concat([reshape(targets, [targets.size]), outside], 0);
  const places = tensor(pixelPlaces(boxes, [height, width], size), [count, ...size], { device: images.device });
  return { images: cropped, targets: gather(table, places) };
}

/** Of each pixel of the result its number in the batch before; the number of all pixels for one outside. */
function pixelPlaces(
  boxes: Int32Array,
  [height, width]: readonly [number, number],
  [outHeight, outWidth]: readonly [number, number],
): Int32Array {
  const count = boxes.length / 5;
  const places = new Int32Array(count * outHeight * outWidth).fill(count * height * width);
  let at = 0;
  for (let b = 0; b < count; b++) {
    const [top, left, boxHeight, boxWidth, mirrored] = boxes.subarray(5 * b, 5 * b + 5);
    for (let i = 0; i < outHeight; i++) {
      const row = nearest(i, outHeight, top!, boxHeight!);
      for (let j = 0; j < outWidth; j++, at++) {
        const column = nearest(mirrored ? outWidth - 1 - j : j, outWidth, left!, boxWidth!);
        const inside = boxHeight! > 0 && boxWidth! > 0 && row >= 0 && row < height && column >= 0 && column < width;
        if (inside) places[at] = (b * height + row) * width + column;
      }
    }
  }
  return places;
}

/** The pixel that `start + (i + ½) size / outSize` lies in: ⌊(2i + 1) size / 2 outSize⌋, in whole numbers. */
function nearest(i: number, outSize: number, start: number, size: number): number {
  return start + Math.floor(((2 * i + 1) * size) / (2 * outSize));
}
