/** @file What changes batches on the device in training, and how such changes follow one another. */
import { ArgumentError, formatShape, type Tensor } from "@tessera/tensor";

/** A batch on the device, as the loss sees it. */
export interface DeviceBatch {
  /** float32 [N, H, W, C], after pixels were scaled. */
  readonly images: Tensor;
  /** Class numbers, int32 [N] or of each pixel [N, H, W], or shares of the classes, float32 [N, classes]. */
  readonly targets: Tensor;
  /** Where it is a part of a batch that several ranks share: what is drawn for an image follows from its place in all. */
  readonly part?: TransformedPart | undefined;
}

/** Which part of which step's batch. */
export interface TransformedPart {
  /** Number of its first example in the whole batch. */
  readonly first: number;
  /** The step's number, which draws on the device count differently. */
  readonly step: number;
}

/** Changes a batch inside a training step's scope. What is random in it follows from its seed and the step's number. */
export type BatchTransform = (batch: DeviceBatch) => DeviceBatch;

/** One transform after the other, from the first. */
export function compose(...transforms: readonly BatchTransform[]): BatchTransform {
  return (batch) => transforms.reduce((result, transform) => ({ ...transform(result), part: batch.part }), batch);
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
