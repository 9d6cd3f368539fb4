/** @file How changes of batches follow one another, and what they ask of a batch. */
import { ArgumentError, formatShape, type Tensor } from "@tessera/tensor";
import type { BatchTransform } from "../training-step.ts";

/** One transform after the other, from the first. */
export function compose(...transforms: readonly BatchTransform[]): BatchTransform {
  return (batch) => transforms.reduce((result, transform) => transform(result), batch);
}

/** Sizes of a batch of images. */
export interface ImageSizes {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** @throws ArgumentError naming the transform if images are not [N, H, W, C] */
export function sizesOf(name: string, images: Tensor): ImageSizes {
  if (images.rank !== 4) {
    throw new ArgumentError(`${name}: images must be [N, H, W, channels], got ${formatShape(images.shape)}`);
  }
  const [count, height, width, channels] = images.shape as [number, number, number, number];
  return { count, height, width, channels };
}
