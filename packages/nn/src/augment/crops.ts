/** @file Random crops of padded images, and mirrored images. */
import { ArgumentError, type Tensor, tensor } from "@tessera/tensor";
import type { BatchTransform } from "./batch-transform.ts";
import { sizesOf } from "./batch-transform.ts";
import { cropBatch } from "./crop-batch.ts";
import { checkShare, checkWhole, type DrawOptions, Draws, drawEach, stepKey } from "./draws.ts";

/** Options of {@link padCrop}. */
export interface PadCropOptions extends DrawOptions {
  /** Pixels that are added at each border. Default: 4. */
  readonly padding?: number;
  /** Height and width of the crop. Default: the images' own. */
  readonly size?: readonly [number, number];
  /** What is added, after scaling: a number, or one for each channel. Default: 0. */
  readonly fill?: number | readonly number[];
}

/**
 * A random crop of each image after padding, every place being equally likely (He et al., "Deep residual learning for
 * image recognition", 2016: 4 pixels). Classes of pixels move along; where there is no image they are −1.
 *
 * @throws ArgumentError if an option is out of range, or, when it is called, the crop does not fit
 */
export function padCrop(options: PadCropOptions): BatchTransform {
  const { padding = 4, size, fill = 0 } = options;
  checkWhole("padCrop: padding", padding, 0);
  return (batch) => {
    const { images } = batch;
    const { count, height, width, channels } = sizesOf("padCrop", images);
    const [outHeight, outWidth] = size ?? [height, width];
    const room = [height + 2 * padding - outHeight, width + 2 * padding - outWidth] as const;
    if (!(room[0] >= 0 && room[1] >= 0)) {
      const padded = `${height + 2 * padding} by ${width + 2 * padding}`;
      throw new ArgumentError(
        `padCrop: a crop of ${outHeight} by ${outWidth} does not fit into padded images of ${padded}`,
      );
    }
    const draws = new Draws(stepKey("padCrop", options, batch), 2 * count);
    const drawn = drawEach(batch, () => {
      const [top, left] = [draws.below(room[0] + 1) - padding, draws.below(room[1] + 1) - padding];
      return [top, left, outHeight, outWidth, 0];
    });
    const colors = colorTensor("padCrop", fill, channels, images);
    return cropBatch("padCrop", batch, boxesOf(drawn), colors, [outHeight, outWidth]);
  };
}

/** Options of {@link horizontalFlip}. */
export interface HorizontalFlipOptions extends DrawOptions {
  /** Share of the images that are mirrored. Default: 0.5. */
  readonly probability?: number;
}

/** Swaps left and right in some of the images, and in their classes of pixels where they have them. */
export function horizontalFlip(options: HorizontalFlipOptions): BatchTransform {
  const { probability = 0.5 } = options;
  checkShare("horizontalFlip: probability", probability);
  return (batch) => {
    const { images } = batch;
    const { count, height, width, channels } = sizesOf("horizontalFlip", images);
    const draws = new Draws(stepKey("horizontalFlip", options, batch), count);
    const drawn = drawEach(batch, () => [0, 0, height, width, draws.chance(probability) ? 1 : 0]);
    const fill = colorTensor("horizontalFlip", 0, channels, images);
    return cropBatch("horizontalFlip", batch, boxesOf(drawn), fill, [height, width]);
  };
}

/** One value for each channel, on the images' device. */
export function colorTensor(
  name: string,
  color: number | readonly number[],
  channels: number,
  { device }: Tensor,
): Tensor {
  const values = typeof color === "number" ? new Array<number>(channels).fill(color) : color;
  if (values.length === channels) return tensor(Float32Array.from(values), [channels], { device });
  throw new ArgumentError(`${name}: fill must have a value for each of ${channels} channels, got ${values.length}`);
}

/** Boxes as cropAndResize takes them, 5 numbers each. */
export function boxesOf(drawn: readonly (readonly number[])[]): Int32Array {
  return Int32Array.from(drawn.flat());
}
