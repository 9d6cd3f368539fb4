/** @file Random parts of images, brought to one size. */
import type { BatchTransform } from "./batch-transform.ts";
import { sizesOf } from "./batch-transform.ts";
import { cropBatch } from "./crop-batch.ts";
import { boxesOf, colorTensor } from "./crops.ts";
import { checkRange, type DrawOptions, Draws, drawEach, stepKey } from "./draws.ts";

/** Options of {@link randomResizedCrop}. */
export interface RandomResizedCropOptions extends DrawOptions {
  /** Least and greatest share of the image's area, above 0. Default: [0.08, 1]. */
  readonly scale?: readonly [number, number];
  /** Least and greatest ratio of width to height, relative to the image's own. Default: [3/4, 4/3]. */
  readonly ratio?: readonly [number, number];
  /** Height and width of the result. Default: the images' own. */
  readonly size?: readonly [number, number];
}

/**
 * A random part of each image, resized bilinearly: its share of the area is drawn evenly, its ratio evenly on a scale of
 * logarithms, then its place. A side that does not fit is the image's own. Classes of pixels go along, each the nearest.
 *
 * Source: Szegedy et al., "Going deeper with convolutions", 2015; as torchvision's `RandomResizedCrop`, which draws again
 * where a part does not fit.
 *
 * @throws ArgumentError if an option is out of range
 */
export function randomResizedCrop(options: RandomResizedCropOptions): BatchTransform {
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], size } = options;
  checkRange("randomResizedCrop: scale", scale, Number.MIN_VALUE, 1);
  checkRange("randomResizedCrop: ratio", ratio, 1e-3, 1e3);
  return (batch) => {
    const { images } = batch;
    const { count, height, width, channels } = sizesOf("randomResizedCrop", images);
    const draws = new Draws(stepKey("randomResizedCrop", options, batch), 4 * count);
    const drawn = drawEach(batch, () => {
      const area = draws.uniform(...scale);
      const stretch = Math.sqrt(Math.exp(draws.uniform(Math.log(ratio[0]), Math.log(ratio[1]))));
      const side = (whole: number, share: number) => Math.max(1, Math.min(whole, Math.round(whole * share)));
      const boxHeight = side(height, Math.sqrt(area) / stretch);
      const boxWidth = side(width, Math.sqrt(area) * stretch);
      const place = [draws.below(height - boxHeight + 1), draws.below(width - boxWidth + 1)] as const;
      return [...place, boxHeight, boxWidth, 0];
    });
    const fill = colorTensor("randomResizedCrop", 0, channels, images);
    return cropBatch("randomResizedCrop", batch, boxesOf(drawn), fill, size ?? [height, width]);
  };
}
