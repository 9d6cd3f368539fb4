/** @file The augmentation of the CIFAR-100 series: for each image some of a crop, a flip and coarse dropout. */
import type { BatchTransform } from "./batch-transform.ts";
import { sizesOf } from "./batch-transform.ts";
import { cropBatch } from "./crop-batch.ts";
import { boxesOf, colorTensor } from "./crops.ts";
import { checkShare, checkWhole, type DrawOptions, Draws, drawEach, stepKey } from "./draws.ts";
import { type CoarseDropoutOptions, checkCoarseDropout, droppedCells, erase } from "./erasing.ts";

/** Options of {@link someOfCropFlipDropout}; the defaults are the series' own. */
export interface SomeOfOptions extends DrawOptions {
  /** Least and greatest number of the three that an image goes through. Default: [0, 3]. */
  readonly count?: readonly [number, number];
  /** Greatest number of pixels that are cropped at a border. Default: 12. */
  readonly crop?: number;
  /** Chance that an image that the flip was chosen for is mirrored. Default: 0.5. */
  readonly flip?: number;
  /** Default: rates of 0 to 0.2, cells of 0.02 to 0.25, per channel in half of the images. */
  readonly dropout?: Omit<CoarseDropoutOptions, keyof DrawOptions | "fill">;
  /** What dropped cells are filled with, after scaling. Default: 0. */
  readonly fill?: number | readonly number[];
}

/**
 * imgaug's `SomeOf(Crop(px=(0, 12)), Fliplr(0.5), CoarseDropout((0, 0.2), size_percent=(0.02, 0.25), per_channel=0.5))`:
 * each image goes through a random number of the three, chosen at random, in this order. A crop takes 0 to 12 pixels
 * off at each border on its own, leaves at least one, and resizes what is left to the image's size, bilinearly.
 */
export function someOfCropFlipDropout(options: SomeOfOptions): BatchTransform {
  const { count: [least, most] = [0, 3], crop = 12, flip = 0.5, dropout = {}, fill = 0 } = options;
  const name = "someOfCropFlipDropout";
  checkWhole(`${name}: count[0]`, least, 0);
  checkWhole(`${name}: count[1]`, most, least);
  checkWhole(`${name}: crop`, crop, 0);
  checkShare(`${name}: flip`, flip);
  checkCoarseDropout(name, dropout);
  return (batch) => {
    const { images } = batch;
    const { count, ...sizes } = sizesOf(name, images);
    const draws = new Draws(stepKey(name, options, batch), 64 * count);
    const drawn = drawEach(batch, () => {
      const chosen = draws.permutation(3).subarray(0, least + draws.below(Math.min(3, most) - least + 1));
      const [top, height] = chosen.includes(0) ? cropped(draws, sizes.height, crop) : [0, sizes.height];
      const [left, width] = chosen.includes(0) ? cropped(draws, sizes.width, crop) : [0, sizes.width];
      const box = [top, left, height, width, chosen.includes(1) && draws.chance(flip) ? 1 : 0];
      return { box, cells: chosen.includes(2) ? droppedCells(draws, sizes, dropout) : [] };
    });
    const [crops, cells] = [drawn.map(({ box }) => box), drawn.map((each) => each.cells)];
    const colors = colorTensor(name, fill, sizes.channels, images);
    const moved = cropBatch(name, batch, boxesOf(crops), colors, [sizes.height, sizes.width]);
    return { ...moved, images: erase(moved.images, cells, colors) };
  };
}

/** What is left of an axis: its start and its size. */
function cropped(draws: Draws, size: number, most: number): [start: number, size: number] {
  const [before, after] = [draws.below(most + 1), draws.below(most + 1)];
  const start = Math.min(before, size - 1);
  return [start, Math.max(1, size - start - after)];
}
