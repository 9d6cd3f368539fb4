/** @file Batches of augmented images from a set that lies on the device. */
import { stepSlot } from "../../devices/step-words.ts";
import { ArgumentError, ShapeError } from "../../errors.ts";
import { philoxKey, type RandomKey } from "../../random.ts";
import { formatShape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { augmentBatchCpu } from "./augment-batch.cpu.ts";
import { augmentBatchWebgpu } from "./augment-batch.webgpu.ts";

/** What is done to images. Every part is off by default. */
export interface Augmentation {
  /** Height and width of what is cropped out of the padded images. Default: the images' own. */
  readonly size?: readonly [number, number];
  /** Pixels added at each border before the crop. Default: 0. */
  readonly padding?: number;
  /** Value of added pixels, before normalisation: 0 … 255. Default: 0. */
  readonly fill?: number;
  /** Probability that left and right are swapped: 0 … 1. Default: 0. */
  readonly flip?: number;
  /** Height and width of a square that is set to 0 after normalisation, in pixels. Default: 0. */
  readonly cutout?: number;
}

/** Options of {@link augmentBatch}. */
export interface AugmentBatchOptions extends Augmentation {
  /** Names the draw: image b of the batch takes words 8 b … 8 b + 7 of the key's `randomBits`. */
  readonly key: RandomKey;
}

/** Options of {@link augmentBatchFromStep}. */
export interface AugmentBatchFromStepOptions extends Augmentation {
  /** As in a {@link RandomKey}; its counter is the number of the training step. */
  readonly seed: number;
  readonly stream: number;
}

/** What a launch needs to know. */
export interface AugmentBatchAttributes {
  readonly images: {
    readonly count: number;
    readonly height: number;
    readonly width: number;
    readonly channels: number;
  };
  readonly outHeight: number;
  readonly outWidth: number;
  readonly padding: number;
  readonly fill: number;
  /** Least number of 24 bits that does not flip. */
  readonly flipBelow: number;
  readonly cutout: number;
  /** Philox's key words. */
  readonly key: readonly [number, number];
  readonly stream: number;
  /** The counter; with `fromStep`, the step word that holds it. */
  readonly draw: { readonly fromStep: boolean; readonly counter: number };
}

const op = defineOp<AugmentBatchAttributes>({
  name: "augmentBatch",
  shape: ([, indices], { images: { channels }, outHeight, outWidth }) => [
    { shape: [indices!.shape[0]!, outHeight, outWidth, channels], dtype: "float32" },
  ],
  gradient: "none",
  webgpu: augmentBatchWebgpu,
  cpu: augmentBatchCpu,
});

/**
 * Takes images from a set by their numbers, crops, flips, normalises and cuts them out, in one kernel:
 * `y[b, i, j, c] = table[images[indices[b], i + top − padding, j' + left − padding, c], c]`, with `j' = width − 1 − j` where
 * the image is flipped. Pixels outside of the image count as `fill`; those in the cutout's square become 0, which is the
 * mean where the table takes it off.
 *
 * All that is random comes from integers, so every device gives the same bits. With `bits` the eight words of image b:
 * `top = ⌊bits[0] · (H + 2 padding − height + 1) / 2³²⌋`, `left` likewise from `bits[1]`; flipped where
 * `⌊bits[2] / 2⁸⌋ < ⌊flip · 2²⁴⌋`; the square of `cutout` pixels begins `⌊cutout / 2⌋` above and left of
 * `(⌊bits[4] · height / 2³²⌋, ⌊bits[5] · width / 2³²⌋)` and is clipped at the borders, as DeVries and Taylor do it
 * ("Improved regularization of convolutional neural networks with cutout", 2017).
 *
 * An index outside of 0 … N − 1 gives zeros, without an error. Not differentiable.
 *
 * @param images uint8 [N, H, W, channels]
 * @param indices int32 [batch]
 * @param table float32 [256, channels]: what each byte becomes, as for `lookupTable`
 * @returns float32 [batch, height, width, channels]
 * @throws ShapeError if a shape does not fit, or the crop is larger than the padded images
 * @throws ArgumentError if an option or the key is out of range
 * @throws DTypeError if a tensor has another dtype
 */
export function augmentBatch(images: Tensor, indices: Tensor, table: Tensor, options: AugmentBatchOptions): Tensor {
  const { key, ...augmentation } = options;
  const { stream, counter = 0 } = key;
  const settings = checkedSettings(images, indices, table, augmentation);
  return op([images, indices, table], {
    ...{ ...settings, key: philoxKey(key), stream, draw: { fromStep: false, counter } },
  })[0]!;
}

/**
 * {@link augmentBatch} with the number of the training step as the key's counter, read on the device, so that every step
 * launches the same.
 *
 * @param images uint8 [N, H, W, channels]
 * @param indices int32 [batch]
 * @param table float32 [256, channels]
 * @returns float32 [batch, height, width, channels]
 * @throws ShapeError if a shape does not fit, or the crop is larger than the padded images
 * @throws ArgumentError if an option, the seed or the stream is out of range
 * @throws DTypeError if a tensor has another dtype
 */
export function augmentBatchFromStep(
  images: Tensor,
  indices: Tensor,
  table: Tensor,
  options: AugmentBatchFromStepOptions,
): Tensor {
  const { seed, stream, ...augmentation } = options;
  const settings = checkedSettings(images, indices, table, augmentation);
  return op([images, indices, table], {
    ...{ ...settings, key: philoxKey({ seed, stream }), stream, draw: { fromStep: true, counter: stepSlot } },
  })[0]!;
}

type Settings = Omit<AugmentBatchAttributes, "key" | "stream" | "draw">;

function checkedSettings(
  images: TensorSpec,
  indices: TensorSpec,
  table: TensorSpec,
  { size, padding = 0, fill = 0, flip = 0, cutout = 0 }: Augmentation,
): Settings {
  const set = checkTensors(images, indices, table);
  checkWhole("padding", padding, 0);
  checkWhole("fill", fill, 0, 255);
  checkWhole("cutout", cutout, 0);
  if (!(flip >= 0 && flip <= 1)) throw new ArgumentError(`augmentBatch: flip must be of 0 to 1, got ${flip}`);
  const [outHeight, outWidth] = size ?? [set.height, set.width];
  checkWhole("size[0]", outHeight, 1);
  checkWhole("size[1]", outWidth, 1);
  const [roomHeight, roomWidth] = [set.height + 2 * padding, set.width + 2 * padding];
  if (outHeight > roomHeight || outWidth > roomWidth) {
    throw new ShapeError(
      `augmentBatch: a crop of ${outHeight} by ${outWidth} does not fit into padded images of ${roomHeight} by ${roomWidth}`,
    );
  }
  return { images: set, outHeight, outWidth, padding, fill, flipBelow: Math.floor(flip * 2 ** 24), cutout };
}

function checkTensors(images: TensorSpec, indices: TensorSpec, table: TensorSpec): Settings["images"] {
  checkDType("augmentBatch", "images", images, "uint8");
  checkDType("augmentBatch", "indices", indices, "int32");
  checkDType("augmentBatch", "table", table, "float32");
  if (images.shape.length !== 4) {
    throw new ShapeError(`augmentBatch: images must be [N, H, W, channels], got ${formatShape(images.shape)}`);
  }
  const [count, height, width, channels] = images.shape as [number, number, number, number];
  if (indices.shape.length !== 1) {
    throw new ShapeError(`augmentBatch: indices must be [batch], got ${formatShape(indices.shape)}`);
  }
  if (table.shape.length !== 2 || table.shape[0] !== 256 || table.shape[1] !== channels) {
    const shapes = `images of ${formatShape(images.shape)}, got ${formatShape(table.shape)}`;
    throw new ShapeError(`augmentBatch: table must be [256, ${channels}] for ${shapes}`);
  }
  return { count, height, width, channels };
}

/** Greatest padding and cutout: further ones would not fit into what the kernels count with. */
const greatest = 2 ** 15;

function checkWhole(name: string, value: number, least: number, most = greatest): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new ArgumentError(`augmentBatch: ${name} must be a whole number of ${least} to ${most}, got ${value}`);
}
